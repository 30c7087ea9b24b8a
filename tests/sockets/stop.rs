//! A program that is stopped while sockets are open.

use std::net::TcpStream;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use super::client::handshake;
use crate::support::Folder;

fn hear(socket: &mut WebSocket<TcpStream>) -> Value {
    serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap()
}

#[test]
fn sockets_are_closed_by_1012_and_the_program_ends_without_waiting_for_more() {
    let folder = Folder::new();
    // If something were waited for in vain, it would be for longer than this test may take.
    let server = folder.serve(&[("INHOUSE_SHUTDOWN_TIMEOUT_MS", "86400000")]);
    let mut sockets: Vec<_> = (0..5)
        .map(|_| {
            let stream = server.connect().unwrap();
            let (mut socket, _) = client(handshake("inhouse", &[]), stream).unwrap();
            socket.send(Message::text(json!({ "type": "connection_init" }).to_string())).unwrap();
            assert_eq!(hear(&mut socket), json!({ "type": "connection_ack" }));
            let payload = json!({ "query": "{ __typename }" });
            let ask = json!({ "type": "subscribe", "id": "1", "payload": payload });
            socket.send(Message::text(ask.to_string())).unwrap();
            assert_eq!(hear(&mut socket)["payload"], json!({ "data": { "__typename": "Query" } }));
            assert_eq!(hear(&mut socket)["type"], "complete");
            socket
        })
        .collect();
    server.signal("TERM");
    for socket in &mut sockets {
        let Message::Close(Some(frame)) = socket.read().unwrap() else { panic!("not closed") };
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1012, "Service Restart"));
        // Says goodbye.
        assert!(socket.read().is_err());
    }
    assert_eq!(server.code(), Some(0));
}
