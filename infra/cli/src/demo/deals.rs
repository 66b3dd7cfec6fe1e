//! The quarter's deals.

use super::script::{DealScript, LineScript, ONBOARDING, PLATFORM, SEATS, SUPPORT, TRAINING, Twist, on, over};

macro_rules! deal {
    ($customer:literal, $country:literal, $currency:literal, $what:literal, $won:expr, $twist:ident, [$($line:expr),+ $(,)?]) => {{
        const LINES: &[LineScript] = &[$($line),+];
        DealScript { customer: $customer, country: $country, currency: $currency, what: $what, won: $won, lines: LINES, twist: Twist::$twist }
    }};
}

/// All of them, by the day on which they are won.
pub const DEALS: &[DealScript] = &[
    deal!(
        "Harcourt & Lyle Ltd",
        "GB",
        "GBP",
        "Platform 2026",
        (1, 5),
        None,
        [
            over(PLATFORM, "1", "24000.00", (2026, 1, 5), 12),
            on(ONBOARDING, "1", "3500.00", (2026, 1, 19))
        ]
    ),
    deal!(
        "Blue Mesa Outfitters, Inc.",
        "US",
        "USD",
        "Annual platform and support",
        (1, 6),
        Doubled,
        [
            over(PLATFORM, "1", "36000.00", (2026, 1, 15), 12),
            over(SUPPORT, "1", "7200.00", (2026, 1, 15), 12)
        ]
    ),
    deal!(
        "Kessler Maschinenbau GmbH",
        "DE",
        "EUR",
        "Plattform, 3 Jahre",
        (1, 7),
        None,
        [
            over(PLATFORM, "1", "82800.00", (2026, 1, 1), 36).less("10"),
            on(TRAINING, "2", "1450.00", (2026, 1, 22))
        ]
    ),
    deal!(
        "Ashdown Freight plc",
        "GB",
        "GBP",
        "Seats for the depots",
        (1, 8),
        Lost,
        [over(SEATS, "48", "19.50", (2026, 1, 8), 3)]
    ),
    deal!(
        "Tidewater Analytics LLC",
        "US",
        "USD",
        "Quarterly platform",
        (1, 9),
        None,
        [over(PLATFORM, "1", "9750.00", (2026, 1, 10), 3)]
    ),
    deal!(
        "Maison Delorme SAS",
        "FR",
        "EUR",
        "Plateforme et support",
        (1, 12),
        Locked,
        [
            over(PLATFORM, "1", "18900.00", (2026, 1, 12), 12),
            over(SUPPORT, "1", "3780.00", (2026, 1, 12), 12),
            over(SEATS, "7", "211.43", (2026, 1, 12), 12)
        ]
    ),
    deal!(
        "Pennine Water Services Ltd",
        "GB",
        "GBP",
        "Platform with training",
        (1, 13),
        NoDates,
        [
            over(PLATFORM, "1", "31250.00", (2026, 2, 1), 12),
            on(TRAINING, "3", "1200.00", (2026, 2, 10))
        ]
    ),
    deal!(
        "Cobalt Ridge Health, Inc.",
        "US",
        "USD",
        "Two years of platform",
        (1, 14),
        None,
        [
            over(PLATFORM, "1", "91999.99", (2026, 1, 20), 24),
            over(SUPPORT, "1", "14400.00", (2026, 1, 20), 24).less("12.5"),
            on(ONBOARDING, "1", "8500.00", (2026, 2, 3))
        ]
    ),
    deal!(
        "Orban Logistik GmbH",
        "AT",
        "EUR",
        "Jahresvertrag",
        (1, 16),
        NoRule,
        [over(PLATFORM, "1", "21600.00", (2026, 2, 1), 12)]
    ),
    deal!(
        "Fenwick Publishing Ltd",
        "GB",
        "GBP",
        "Annual support",
        (1, 19),
        Credited,
        [
            over(SUPPORT, "1", "6120.00", (2026, 1, 19), 12),
            over(SEATS, "12", "84.00", (2026, 1, 19), 12)
        ]
    ),
    deal!(
        "Juniper & Oak Realty LLC",
        "US",
        "USD",
        "Platform",
        (1, 20),
        WebhookDoubled,
        [over(PLATFORM, "1", "27500.00", (2026, 2, 1), 12)]
    ),
    deal!(
        "Van der Meer Tuinen B.V.",
        "NL",
        "EUR",
        "Seats and training",
        (1, 21),
        None,
        [
            over(SEATS, "25", "96.00", (2026, 1, 21), 12),
            on(TRAINING, "1", "1450.00", (2026, 2, 5))
        ]
    ),
    deal!(
        "Harcourt & Lyle Ltd",
        "GB",
        "GBP",
        "Ten more seats",
        (1, 23),
        None,
        [over(SEATS, "10", "173.33", (2026, 2, 1), 11)]
    ),
    deal!(
        "Sandhill Brewing Co.",
        "US",
        "USD",
        "Quarterly seats",
        (1, 26),
        WebhookLost,
        [over(SEATS, "33", "45.00", (2026, 1, 26), 3)]
    ),
    deal!(
        "Caldbeck Insurance Group plc",
        "GB",
        "GBP",
        "Platform, three years",
        (1, 27),
        HeldDraft,
        [
            over(PLATFORM, "1", "148500.00", (2026, 1, 12), 36).less("7.5"),
            over(SUPPORT, "1", "29700.00", (2026, 1, 12), 36)
        ]
    ),
    deal!(
        "Rossi Ceramiche S.p.A.",
        "IT",
        "EUR",
        "Piattaforma",
        (1, 28),
        None,
        [
            over(PLATFORM, "1", "16740.00", (2026, 2, 1), 12),
            on(ONBOARDING, "1", "2900.00", (2026, 2, 16))
        ]
    ),
    deal!(
        "Granite State Credit Union",
        "US",
        "USD",
        "Annual platform",
        (2, 2),
        None,
        [
            over(PLATFORM, "1", "54000.00", (2026, 2, 1), 12),
            over(SEATS, "150", "31.20", (2026, 2, 1), 12).less("5")
        ]
    ),
    deal!(
        "Mill Lane Foods Ltd",
        "GB",
        "GBP",
        "Platform",
        (2, 3),
        Doubled,
        [over(PLATFORM, "1", "13200.00", (2026, 2, 3), 12)]
    ),
    deal!(
        "Hafner Optik AG & Co. KG",
        "DE",
        "EUR",
        "Support, zwei Jahre",
        (2, 4),
        None,
        [over(SUPPORT, "1", "9999.99", (2026, 2, 4), 24)]
    ),
    deal!(
        "Blue Mesa Outfitters, Inc.",
        "US",
        "USD",
        "Training days",
        (2, 5),
        None,
        [on(TRAINING, "4", "1650.00", (2026, 2, 24))]
    ),
    deal!(
        "Northgate Dental Partners LLP",
        "GB",
        "GBP",
        "Quarterly platform",
        (2, 6),
        None,
        [
            over(PLATFORM, "1", "4350.00", (2026, 2, 9), 3),
            over(SEATS, "9", "36.67", (2026, 2, 9), 3)
        ]
    ),
    deal!(
        "Palmetto Marine Supply, Inc.",
        "US",
        "USD",
        "Platform and onboarding",
        (2, 9),
        Edited,
        [
            over(PLATFORM, "1", "30600.00", (2026, 2, 15), 12),
            on(ONBOARDING, "1", "6000.00", (2026, 3, 2))
        ]
    ),
    deal!(
        "Lindqvist Energi AB",
        "SE",
        "EUR",
        "Platform, Nordics",
        (2, 10),
        None,
        [
            over(PLATFORM, "1", "44400.00", (2026, 3, 1), 12),
            over(SUPPORT, "1", "8880.00", (2026, 3, 1), 12)
        ]
    ),
    deal!(
        "Ashdown Freight plc",
        "GB",
        "GBP",
        "Platform for head office",
        (2, 12),
        Lost,
        [
            over(PLATFORM, "1", "38700.00", (2026, 2, 16), 12).less("15"),
            on(ONBOARDING, "1", "3500.00", (2026, 3, 3))
        ]
    ),
    deal!(
        "Prairie Star Seed Company",
        "US",
        "USD",
        "Five years of support",
        (2, 13),
        None,
        [over(SUPPORT, "1", "33333.33", (2026, 2, 13), 60)]
    ),
    deal!(
        "Weber & Söhne Fensterbau GmbH",
        "DE",
        "EUR",
        "Plattform",
        (2, 17),
        EarlyInOutage,
        [over(PLATFORM, "1", "12960.00", (2026, 2, 17), 12)]
    ),
    deal!(
        "Kingsbridge Schools Trust",
        "GB",
        "GBP",
        "Seats for the term",
        (2, 17),
        LateInOutage,
        [over(SEATS, "210", "11.25", (2026, 2, 17), 5)]
    ),
    deal!(
        "Harborline Title Co.",
        "US",
        "USD",
        "Annual platform",
        (2, 17),
        LateInOutage,
        [
            over(PLATFORM, "1", "22800.00", (2026, 3, 1), 12),
            over(SUPPORT, "1", "4560.00", (2026, 3, 1), 12)
        ]
    ),
    deal!(
        "Atelier Nord-Sud SARL",
        "FR",
        "EUR",
        "Plateforme trimestrielle",
        (2, 19),
        None,
        [over(PLATFORM, "1", "5175.00", (2026, 2, 23), 3)]
    ),
    deal!(
        "Whitcombe Architects Ltd",
        "GB",
        "GBP",
        "Platform and support",
        (2, 23),
        None,
        [
            over(PLATFORM, "1", "17640.00", (2026, 3, 1), 12),
            over(SUPPORT, "1", "2646.00", (2026, 3, 1), 12),
            on(TRAINING, "1", "1200.00", (2026, 3, 12))
        ]
    ),
    deal!(
        "Summit Trail Robotics, Inc.",
        "US",
        "USD",
        "Platform, two years",
        (2, 25),
        WebhookDoubled,
        [
            over(PLATFORM, "1", "118000.00", (2026, 2, 25), 24).less("8"),
            on(ONBOARDING, "2", "8500.00", (2026, 3, 17))
        ]
    ),
    deal!(
        "Bergmann Pharma GmbH",
        "DE",
        "EUR",
        "Jahresvertrag mit Support",
        (2, 26),
        None,
        [
            over(PLATFORM, "1", "63000.00", (2026, 3, 1), 12).less("3"),
            over(SUPPORT, "1", "12600.00", (2026, 3, 1), 12),
            over(SEATS, "40", "129.90", (2026, 3, 1), 12)
        ]
    ),
    deal!(
        "Dunmore Distillers Ltd",
        "GB",
        "GBP",
        "Annual platform",
        (3, 3),
        None,
        [over(PLATFORM, "1", "20850.00", (2026, 3, 3), 12)]
    ),
    deal!(
        "Lakeshore Pediatrics PC",
        "US",
        "USD",
        "Seats",
        (3, 5),
        WebhookLost,
        [over(SEATS, "64", "58.00", (2026, 3, 5), 12)]
    ),
    deal!(
        "Kessler Maschinenbau GmbH",
        "DE",
        "EUR",
        "Weitere Schulung",
        (3, 9),
        None,
        [on(TRAINING, "3", "1450.00", (2026, 3, 24))]
    ),
    deal!(
        "Thornbury Council Services Ltd",
        "GB",
        "GBP",
        "Platform, two years",
        (3, 11),
        Doubled,
        [
            over(PLATFORM, "1", "57600.00", (2026, 4, 1), 24).less("20"),
            on(ONBOARDING, "1", "3500.00", (2026, 4, 14))
        ]
    ),
    deal!(
        "Red Canyon Media LLC",
        "US",
        "USD",
        "Quarterly platform",
        (3, 16),
        None,
        [over(PLATFORM, "1", "8250.00", (2026, 3, 16), 3)]
    ),
    deal!(
        "Cantina dei Colli S.r.l.",
        "IT",
        "EUR",
        "Piattaforma e posti",
        (3, 18),
        Lost,
        [
            over(PLATFORM, "1", "14280.00", (2026, 3, 18), 12),
            over(SEATS, "6", "88.80", (2026, 3, 18), 12)
        ]
    ),
    deal!(
        "Mill Lane Foods Ltd",
        "GB",
        "GBP",
        "Training at the plant",
        (3, 23),
        None,
        [on(TRAINING, "2", "1200.00", (2026, 3, 30))]
    ),
    deal!(
        "Cobalt Ridge Health, Inc.",
        "US",
        "USD",
        "Seats for the clinics",
        (3, 26),
        None,
        [over(SEATS, "85", "62.35", (2026, 4, 1), 12)]
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::NaiveDate;
    use rust_decimal::Decimal;

    use super::*;
    use crate::demo::script::{date, day};

    #[test]
    fn the_script_is_what_it_says() {
        let names: BTreeSet<String> = DEALS.iter().map(DealScript::name).collect();
        assert_eq!((DEALS.len(), names.len()), (40, 40), "forty deals, each with a name of its own");
        assert!(DEALS.is_sorted_by_key(|deal| deal.won));
        for deal in DEALS {
            assert!(day(deal.won) > NaiveDate::default(), "{}", deal.name());
            for line in deal.lines {
                assert!(date(line.start) > NaiveDate::default(), "{}", deal.name());
                let numbers = [Some(line.quantity), Some(line.price), line.discount];
                let positive = |text: &&str| text.parse::<Decimal>().is_ok_and(|number| number > Decimal::ZERO);
                assert!(numbers.iter().flatten().all(positive), "{}", deal.name());
            }
        }
    }
}
