//! The listening sockets, and how a connection reaches the application.

use super::{
    call::{self, Edge},
    cors::cors,
    front::{self, Guard},
};
use actix_http::{HttpService, ServiceConfig};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::{
    App,
    body::MessageBody,
    dev::{AppConfig, Server, ServerHandle, ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    web::{self as actix, Data},
};
use runtime::Health;
use std::{
    future::ready,
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    rc::Rc,
    time::Duration,
};
use tokio::net::{TcpSocket, TcpStream};
use uuid::Uuid;

const BACKLOG: u32 = 4096;
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a connection that is closed may go on sending, so that the client sees why.
const LINGER: Duration = Duration::from_secs(1);
const SHUTDOWN_SECONDS: u64 = 20;

/// Listens when it returns; the address tells which port was taken when port 0 was asked for.
pub fn start(
    settings: &settings::Gateway,
    edge: &Data<Edge>,
    health: Health,
) -> io::Result<(SocketAddr, ServerHandle)> {
    let health = Data::new(health);
    let origins = settings.cors_origins.0.clone();
    let mut server = Server::build()
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_SECONDS);
    let stopping = server.graceful_shutdown_signal();
    let listeners = bind(&settings.listen)?;
    let address = listeners
        .first()
        .ok_or(io::ErrorKind::AddrNotAvailable)?
        .local_addr()?;
    for listener in listeners {
        let (edge, health, origins) = (edge.clone(), health.clone(), origins.clone());
        let stopping = stopping.clone();
        server = server.listen("gateway", listener, move || {
            let app = application(&edge, &health, &origins).into_factory();
            let stopping = stopping.clone();
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                // The guard watches the time instead, and for every request.
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(LINGER)
                .keep_alive(KEEP_ALIVE)
                .on_connect_ext(|guard: &Guard<TcpStream>, data| {
                    data.insert(Rc::clone(guard.notes()));
                })
                .h1(map_config(app, |()| AppConfig::default()));
            let config = ServiceConfig::default();
            fn_service(move |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                ready(Ok((Guard::new(stream, config.clone(), HEAD_TIMEOUT), peer)))
            })
            .and_then(http)
        })?;
    }
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((address, handle))
}

fn application(
    edge: &Data<Edge>,
    health: &Data<Health>,
    origins: &[String],
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(edge.clone())
        .app_data(health.clone())
        .wrap(cors(origins))
        .wrap_fn(|mut request, app| {
            front::complete(&mut request);
            let answered = app.call(request);
            async move { answered.await.map(with_request_id) }
        })
        .route("/livez", actix::get().to(runtime::admin::livez))
        .route("/readyz", actix::get().to(runtime::admin::readyz))
        .default_service(actix::to(call::handle))
}

/// Every address that the name stands for; one that cannot be had does not matter as long as another can.
fn bind(listen: &str) -> io::Result<Vec<TcpListener>> {
    let (bound, refused): (Vec<_>, Vec<_>) = listen
        .to_socket_addrs()?
        .map(bind_one)
        .partition(Result::is_ok);
    match refused.into_iter().next() {
        Some(Err(error)) if bound.is_empty() => Err(error),
        _ => bound.into_iter().collect(),
    }
}

fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Names the answers that no request of the API stands behind: probes and preflights.
fn with_request_id<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let name = HeaderName::from_static(call::REQUEST_ID);
    let headers = response.headers_mut();
    if !headers.contains_key(&name)
        && let Ok(value) = HeaderValue::from_str(&Uuid::now_v7().simple().to_string())
    {
        headers.insert(name, value);
    }
    response
}
