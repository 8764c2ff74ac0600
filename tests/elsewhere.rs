//! A way to a service from another address of this machine: connections are handed on from there, byte by byte.

use std::net::{IpAddr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
};

/// The same service, met from elsewhere: its address here.
pub(crate) async fn from(source: [u8; 4], url: &str) -> String {
    let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let service = SocketAddr::from(([127, 0, 0, 1], port));
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = door.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = door.accept().await {
            tokio::spawn(hand_on(near, source.into(), service));
        }
    });
    format!("http://localhost:{here}")
}

async fn hand_on(mut near: TcpStream, source: IpAddr, service: SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((source, 0).into()).unwrap();
    // A service that is gone closes the connection; so does a browser that has seen enough.
    if let Ok(mut far) = socket.connect(service).await {
        let _ = copy_bidirectional(&mut near, &mut far).await;
    }
}
