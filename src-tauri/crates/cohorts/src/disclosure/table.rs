//! A table with the totals of its rows and columns.

use super::Disclosure;
use super::network::{Count, Network};

/// Which counts of a table are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownTable {
    /// By row, then column.
    pub cells: Vec<Vec<bool>>,
    /// By row.
    pub row_totals: Vec<bool>,
    /// By column.
    pub column_totals: Vec<bool>,
    /// Whether the total of all is shown.
    pub total: bool,
}

/// Totals that everybody knows, as they are shown elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownTotals {
    /// By column; those that are not named are not known.
    pub columns: Vec<bool>,
    /// Of all.
    pub total: bool,
}

/// Decides on a table whose totals are shown where they can be. All rows have as many columns as the first.
#[must_use]
pub fn table(rows: &[Vec<u64>], disclosure: Disclosure) -> ShownTable {
    table_beside(rows, &KnownTotals::default(), disclosure)
}

/// The same beside totals that are known.
#[must_use]
pub fn table_beside(rows: &[Vec<u64>], known: &KnownTotals, disclosure: Disclosure) -> ShownTable {
    let columns = rows.first().map_or(0, Vec::len);
    // A cell flows from its row to its column, a column to the sum of columns, that to the sum of rows, and that to the rows.
    let (of_columns, of_rows) = (rows.len() + columns, rows.len() + columns + 1);
    let count = |from, to, value| Count { from, to, value, is_known: false };
    let mut counts = Vec::with_capacity((rows.len() + 1) * (columns + 1));
    for (row, cells) in rows.iter().enumerate() {
        counts
            .extend(cells.iter().enumerate().map(|(column, value)| count(row, rows.len() + column, *value)));
    }
    counts.extend(rows.iter().enumerate().map(|(row, cells)| count(of_rows, row, cells.iter().sum())));
    let of_column = |column: usize| rows.iter().filter_map(|cells| cells.get(column)).sum();
    let is_known = |column: usize| known.columns.get(column).copied().unwrap_or(false);
    counts.extend((0..columns).map(|column| Count {
        is_known: is_known(column),
        ..count(rows.len() + column, of_columns, of_column(column))
    }));
    let all = count(of_columns, of_rows, rows.iter().flatten().sum());
    counts.push(Count { is_known: known.total, ..all });
    let mut shown = Network::new(counts).shown(disclosure).into_iter();
    let cells = rows.iter().map(|cells| shown.by_ref().take(cells.len()).collect()).collect();
    let row_totals = shown.by_ref().take(rows.len()).collect();
    let column_totals = shown.by_ref().take(columns).collect();
    ShownTable { cells, row_totals, column_totals, total: shown.next().unwrap_or(true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_cell_hides_a_rectangle() {
        let found = table(&[vec![3, 200, 150], vec![40, 300, 600], vec![60, 70, 800]], Disclosure::from(11));
        let hidden: Vec<(usize, usize)> = (0..3)
            .flat_map(|row| (0..3).map(move |column| (row, column)))
            .filter(|(row, column)| !found.cells[*row][*column])
            .collect();
        assert_eq!(hidden, [(0, 0), (0, 1), (2, 0), (2, 1)]);
        assert!(found.total && found.row_totals.iter().chain(&found.column_totals).all(|shown| *shown));
    }

    #[test]
    fn a_table_without_small_cells_is_shown_whole_and_one_of_few_people_not_at_all() {
        let found = table(&[vec![11, 0], vec![12, 40]], Disclosure::from(11));
        assert!(found.cells.iter().flatten().all(|shown| *shown) && found.total);
        let found = table(&[vec![1, 0], vec![2, 4]], Disclosure::from(11));
        assert_eq!((found.cells, found.total), (vec![vec![false, true], vec![false, false]], false));
        assert!(table(&[], Disclosure::from(11)).cells.is_empty());
    }

    #[test]
    fn beside_known_totals_more_cells_are_hidden() {
        let rows = [vec![3, 200], vec![40, 300]];
        let alone = table(&rows, Disclosure::from(11));
        assert_eq!(alone.cells, [[false, false], [false, false]]);
        assert!(alone.total && alone.column_totals == [true, true]);
        let known = KnownTotals { columns: vec![true, true], total: true };
        let found = table_beside(&rows, &known, Disclosure::from(11));
        assert_eq!((found.cells, found.column_totals), (alone.cells, vec![true, true]));
        // Of a few people in one column nothing else may be told when the other columns and the sum are known.
        let found = table_beside(&[vec![3, 200], vec![4, 300]], &known, Disclosure::from(11));
        assert!(!found.cells[0][0] && !found.cells[1][0]);
    }
}
