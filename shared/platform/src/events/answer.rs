//! What a web function answers, in the form that both kinds of API Gateway take.

use serde_json::{Value, json};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status, for instance 200.
    pub status: u16,
    /// The body's type, where there is a body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: String,
}

impl HttpAnswer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            body: String::new(),
        }
    }

    /// The JSON that a function gives back.
    pub fn to_json(&self) -> Value {
        let headers = match self.content_type {
            Some(content_type) => json!({"content-type": content_type}),
            None => json!({}),
        };
        json!({
            "statusCode": self.status,
            "headers": headers,
            "body": self.body,
            "isBase64Encoded": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_json_of_api_gateway() {
        let answer = HttpAnswer {
            status: 200,
            content_type: Some("text/xml"),
            body: "<a/>".to_owned(),
        };
        let text = r#"{"body":"<a/>","headers":{"content-type":"text/xml"},"isBase64Encoded":false,"statusCode":200}"#;
        assert_eq!(answer.to_json().to_string(), text);
        assert_eq!(HttpAnswer::empty(401).to_json()["headers"], json!({}));
    }
}
