//! Shapes of postal codes, by country.

use crate::reason::Reason;

/// Postal codes of the countries whose shape is published: US (USPS ZIP+4), CA (Canada Post), GB (BS 7666), and
/// those with a fixed count of digits. Elsewhere any text is taken.
pub(super) fn fits(code: &str, country: &str) -> bool {
    let code = code.trim().to_uppercase();
    let shape: String = code
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_uppercase() {
                'A'
            } else {
                c
            }
        })
        .collect();
    match country {
        "US" => matches!(shape.as_str(), "99999" | "99999-9999"),
        "CA" => matches!(shape.as_str(), "A9A9A9" | "A9A 9A9"),
        "GB" => matches!(
            shape.replace(' ', "").as_str(),
            "A99AA" | "A999AA" | "A9A9AA" | "AA99AA" | "AA999AA" | "AA9A9AA"
        ),
        "DE" | "ES" | "FR" | "IT" | "MX" => shape == "99999",
        "AT" | "CH" | "AU" | "BE" | "DK" | "NO" => shape == "9999",
        _ => true,
    }
}

/// What a postal code of the country looks like, for the person who mistyped it.
pub(super) fn help(country: &str) -> Reason {
    match country {
        "US" => Reason::PostalCodeUs,
        "CA" => Reason::PostalCodeCa,
        "GB" => Reason::PostalCodeGb,
        "AT" | "CH" | "AU" | "BE" | "DK" | "NO" => Reason::PostalCodeFour,
        _ => Reason::PostalCodeFive,
    }
}
