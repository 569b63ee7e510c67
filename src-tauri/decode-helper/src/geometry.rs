//! Where a picture lies in the patient: direction letters and slice position.
//!
//! The patient's coordinate system grows to the left hand (L), to the back (P) and to the head (H): PS3.3 C.7.6.2.1.1.
//! Letters follow PS3.3 C.7.6.1.1.1.

/// Share of a direction below which its letter is left out (about six degrees).
const LEAST_SHARE: f64 = 0.1;
/// How far a direction's length may be from 1, and two directions from a right angle.
const TOLERANCE: f64 = 1e-2;

/// The direction cosines of a row and a column, known to be of length 1 and at a right angle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orientation {
    row: [f64; 3],
    column: [f64; 3],
}

impl Orientation {
    /// Reads Image Orientation (Patient) (0020,0037); `None` where its values are no two directions at a right angle.
    pub fn new(cosines: [f64; 6]) -> Option<Self> {
        let [rx, ry, rz, cx, cy, cz] = cosines;
        let (row, column) = ([rx, ry, rz], [cx, cy, cz]);
        let unit = |vector: [f64; 3]| (dot(vector, vector).sqrt() - 1.0).abs() < TOLERANCE;
        (unit(row) && unit(column) && dot(row, column).abs() < TOLERANCE)
            .then_some(Orientation { row, column })
    }

    /// The letters at the left, right, top and bottom edge of the picture, such as `R`, `L`, `A`, `P` for an axial
    /// slice seen from the feet.
    pub fn edge_letters(&self) -> [String; 4] {
        let back = |vector: [f64; 3]| vector.map(|part| -part);
        [
            direction_letters(back(self.row)),
            direction_letters(self.row),
            direction_letters(back(self.column)),
            direction_letters(self.column),
        ]
    }

    /// The direction in which slices are stacked: the cross product of row and column.
    pub fn normal(&self) -> [f64; 3] {
        let ([a1, a2, a3], [b1, b2, b3]) = (self.row, self.column);
        [a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1]
    }

    /// The distance of a slice from the origin along its normal, in millimetres; the order of slices in a stack.
    pub fn distance_mm(&self, position_mm: [f64; 3]) -> f64 {
        dot(self.normal(), position_mm)
    }

    /// Where a slice lies along its own normal, such as `H 102.5 mm` for 102.5 mm towards the head.
    pub fn slice_position(&self, position_mm: [f64; 3]) -> String {
        let distance = self.distance_mm(position_mm);
        let towards = if distance < 0.0 { self.normal().map(|part| -part) } else { self.normal() };
        let letters = direction_letters(towards);
        let letter = letters.get(..1).unwrap_or_default();
        format!("{letter} {:.1} mm", distance.abs())
    }
}

/// The letters of a direction, the main one first; a part of less than a tenth is left out.
pub fn direction_letters(direction: [f64; 3]) -> String {
    let [x, y, z] = direction;
    let mut parts = [
        (x.abs(), if x > 0.0 { 'L' } else { 'R' }),
        (y.abs(), if y > 0.0 { 'P' } else { 'A' }),
        (z.abs(), if z > 0.0 { 'H' } else { 'F' }),
    ];
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.iter().filter(|(share, _)| *share >= LEAST_SHARE).map(|(_, letter)| letter).collect()
}

/// Pixel Spacing (0028,0030): two positive numbers in millimetres, between rows and between columns.
pub fn spacing_mm(values: Option<[f64; 2]>) -> Option<[f64; 2]> {
    values.filter(|[rows, columns]| *rows > 0.0 && *columns > 0.0)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(cosines: [f64; 6]) -> [String; 4] {
        Orientation::new(cosines).unwrap().edge_letters()
    }

    #[test]
    fn the_three_main_planes_have_their_letters() {
        assert_eq!(letters([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]), ["R", "L", "A", "P"]); // axial
        assert_eq!(letters([1.0, 0.0, 0.0, 0.0, 0.0, -1.0]), ["R", "L", "H", "F"]); // coronal
        assert_eq!(letters([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]), ["A", "P", "H", "F"]); // sagittal
    }

    #[test]
    fn an_oblique_plane_has_its_refinements_in_order() {
        let (large, small) = (0.8, 0.6);
        let letters = letters([large, small, 0.0, -small, large, 0.0]);
        assert_eq!(letters, ["RA", "LP", "AL", "PR"]);
    }

    #[test]
    fn values_that_are_no_directions_are_refused() {
        assert!(Orientation::new([0.0; 6]).is_none());
        assert!(Orientation::new([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]).is_none());
        assert!(Orientation::new([2.0, 0.0, 0.0, 0.0, 1.0, 0.0]).is_none());
        assert!(Orientation::new([f64::NAN, 0.0, 0.0, 0.0, 1.0, 0.0]).is_none());
    }

    #[test]
    fn a_slice_is_placed_along_its_normal() {
        let axial = Orientation::new([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
        assert_eq!(axial.slice_position([-100.0, -80.0, 102.54]), "H 102.5 mm");
        assert_eq!(axial.slice_position([-100.0, -80.0, -3.0]), "F 3.0 mm");
    }
}
