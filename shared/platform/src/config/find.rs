//! Looking things up in a configuration.

use super::model::{Config, Entity, Method, Product};

impl Config {
    /// The entity with our short name `id`.
    pub fn entity(&self, id: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.id == id)
    }

    /// The product with the CRM's code `code`, without regard to case.
    pub fn product(&self, code: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.code.eq_ignore_ascii_case(code))
    }
}

impl Entity {
    /// The time zone in which its months end; UTC where the file was not checked and names none.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.time_zone.parse().unwrap_or(chrono_tz::UTC)
    }

    /// The revenue account of a product, or of whatever has none of its own.
    pub fn revenue_account<'a>(&'a self, product: Option<&'a Product>) -> &'a str {
        product
            .and_then(|product| product.revenue_accounts.get(&self.id))
            .unwrap_or(&self.accounts.revenue)
    }

    /// The tax type of a product, or of whatever has none of its own.
    pub fn tax_type<'a>(&'a self, product: Option<&'a Product>) -> &'a str {
        product
            .and_then(|product| product.tax_types.get(&self.id))
            .unwrap_or(&self.invoices.tax_type)
    }

    /// The recognition method of a product, or of whatever has none of its own.
    pub fn method(&self, product: Option<&Product>) -> Method {
        product.and_then(|product| product.method).unwrap_or(self.close.method)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_product_goes_before_its_entity() {
        let config = Config::check(include_str!("../../../../tieout.toml")).unwrap().config;
        let rows = [
            ("uk", "support", "210", "OUTPUT2", Method::ProrataMonth),
            ("uk", "PLATFORM", "200", "OUTPUT2", Method::Daily),
            ("eu", "PLATFORM", "200", "NONE", Method::EqualTouched),
            ("us", "ONBOARDING", "220", "NONE", Method::ProrataMonth),
            ("us", "no such product", "200", "NONE", Method::ProrataMonth),
        ];
        for (id, code, account, tax_type, method) in rows {
            let (entity, product) = (config.entity(id).unwrap(), config.product(code));
            let found = (entity.revenue_account(product), entity.tax_type(product), entity.method(product));
            assert_eq!(found, (account, tax_type, method), "{id} {code}");
        }
        assert_eq!(config.entity("us").unwrap().zone(), chrono_tz::America::New_York);
        assert!(config.entity("fr").is_none());
    }
}
