//! API Gateway in front of functions: a request on a route becomes the very event that AWS would send, the function's
//! answer becomes the response. Mutual TLS is taken as ended at the gateway: a route says which certificate was shown.

mod answer;
mod event;
mod route;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Response, StatusCode};
use tieout_platform::clock::SharedClock;

use crate::http_server::{BindError, LoopbackServer};

pub use route::{BodyEncoding, ClientCertificate, EventShape, Route};

use event::Incoming;

/// The payload that API Gateway takes, in bytes.
pub const PAYLOAD_MAX_BYTES: usize = 10 * 1_024 * 1_024;

#[derive(Debug)]
pub struct Gateway {
    server: LoopbackServer,
}

#[derive(Debug)]
struct Shared {
    routes: Vec<Route>,
    clock: SharedClock,
}

impl Gateway {
    /// Serves the routes, the first that fits taking the request, on 127.0.0.1:`port` (0: any free one).
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(routes: Vec<Route>, clock: SharedClock, port: u16) -> Result<Self, BindError> {
        let shared = Arc::new(Shared { routes, clock });
        let router = Router::new().fallback(handle).with_state(shared);
        Ok(Self {
            server: LoopbackServer::start("the gateway", port, router).await?,
        })
    }

    /// Its address as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, PAYLOAD_MAX_BYTES).await else {
        return answer::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    exchange(&shared.routes, shared.clock.now(), http::Request::from_parts(parts, body)).await
}

/// Answers a request without a socket, for a caller that brings its own connector: the first of `routes` that fits takes it, as in [`Gateway::start`].
pub async fn exchange(routes: &[Route], received_at: DateTime<Utc>, request: http::Request<Bytes>) -> Response<Body> {
    let (method, path) = (request.method(), request.uri().path());
    let found = routes.iter().find_map(|route| Some((route, route.matches(method, path)?)));
    let Some((route, path_parameters)) = found else {
        return answer::message(StatusCode::NOT_FOUND, "Not Found");
    };
    let incoming = Incoming {
        route,
        request: &request,
        path_parameters,
        received_at,
    };
    let result = route.function.call(incoming.event()).await;
    answer::respond(route.shape, result)
}
