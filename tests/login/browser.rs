//! A browser: keeps cookies as one would, follows nothing by itself, and shows what it was told.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A browser with its cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// Where it is, if that matters.
    pub(crate) address: Option<SocketAddr>,
}

/// What a browser was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) text: String,
}

/// What a browser sends with a request of a page of this site.
pub(crate) const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// What only a page of this site can send.
pub(crate) const OWN_SCRIPT: (&str, &str) = ("x-requested-with", "inhouse");

impl Browser {
    /// A browser at this address.
    pub(crate) fn at(address: &str) -> Self {
        Self { address: Some(format!("{address}:50000").parse().unwrap()), ..Self::default() }
    }

    pub(crate) async fn get(&mut self, site: &Router, path: &str) -> Told {
        self.send(site, Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(&mut self, site: &Router, path: &str, headers: &[(&str, &str)]) -> Told {
        self.send(site, Method::POST, path, headers, "").await
    }

    /// The answer to an operation.
    pub(crate) async fn ask(&mut self, site: &Router, query: &str) -> Told {
        let body = json!({ "query": query }).to_string();
        self.send(site, Method::POST, "/graphql", &[("content-type", "application/json")], &body).await
    }

    /// Who the server takes it for.
    pub(crate) async fn viewer(&mut self, site: &Router) -> Option<String> {
        let told = self.ask(site, "{ viewer { user { username } } }").await;
        let answer = told.json();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["viewer"]["user"]["username"].as_str().map(str::to_owned)
    }

    pub(crate) async fn send(
        &mut self,
        site: &Router,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Told {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1:8000");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        let response = site.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let told = Told { status: head.status, headers: head.headers, text };
        self.keep(&told);
        told
    }

    fn keep(&mut self, told: &Told) {
        for cookie in told.cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Told {
    /// The header's text, empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// Every `Set-Cookie`.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// It is a page for people with this status and title, and nothing a browser would run.
    pub(crate) fn assert_page(&self, status: u16, title: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert!(self.text.contains(&format!("<h1>{title}</h1>")), "{self:?}");
        assert!(self.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
        assert_eq!(self.header("cache-control"), "no-store");
        assert!(!self.text.contains("<script"), "{self:?}");
    }

    /// It is an error in the form of GraphQL.
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.json()["errors"][0]["extensions"]["code"], code, "{self:?}");
    }
}
