//! The thread `http`: takes connections in and bounds what each may cost.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_io_timeout::TimeoutStream;

use super::door::{Door, Place};
use super::events;
use super::guard::Connection;
use super::live;
use super::routes::{App, router};
use super::site::Site;
use crate::config::{Config, Http};

/// For a request's head, and for the next one on a connection that is kept.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// A reader that takes nothing for so long has gone.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// Of a request's head, bytes and lines.
const LARGEST_HEAD: usize = 16 << 10;
const MOST_HEADERS: usize = 64;
/// Threads that may wait for the disk, whoever asks for how much: counting has the machine.
const DISK_THREADS: usize = 2;
/// Bytes that wait in the system for one reader; it takes twice as many. A slow viewer of a live picture lags by no more.
const SEND_BUFFER: usize = 64 << 10;
/// How long open connections get to end when the program does.
const GOODBYE: Duration = Duration::from_millis(500);
/// After the system had no room for a connection.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("`listen` of [http]: {0} cannot be listened at")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("the thread `http` cannot be started")]
    Thread(#[from] io::Error),
}

/// The address is taken first of all, so that a run that cannot have it says so at once.
pub fn bind(http: &Http) -> Result<TcpListener, HttpError> {
    let listener = TcpListener::bind(http.listen).map_err(|error| HttpError::Listen(http.listen, error))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(
        listener: TcpListener,
        config: Arc<Config>,
        http: Http,
        site: Arc<dyn Site>,
    ) -> Result<Self, HttpError> {
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(DISK_THREADS)
            .thread_name("http-disk")
            .build()?;
        let app = Arc::new(App::new(config, http, site)?);
        let thread = thread::Builder::new().name("http".to_owned()).spawn(move || {
            if let Err(error) = runtime.block_on(serve(listener, app, stopped)) {
                log::error!("nobody is served over HTTP any more: {error}");
            }
            runtime.shutdown_timeout(GOODBYE);
        })?;
        log::info!("http://{address}/");
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the thread `http` panicked");
        }
    }
}

async fn serve(listener: TcpListener, app: Arc<App>, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let door = Arc::new(Door::new(app.http.max_connections));
    tokio::spawn(events::watch(Arc::clone(&app)));
    tokio::spawn(live::follow(Arc::clone(&app)));
    let router = router(app);
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                // Too many: closing it says so.
                if let Some(place) = door.enter() {
                    tokio::spawn(connection(stream, place, router.clone()));
                }
            }
            // The other end has gone meanwhile, or the system has no room: neither ends the server.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Ends when the other end goes, says nothing for too long, or takes nothing for too long.
async fn connection(stream: TcpStream, place: Arc<Place>, router: Router) {
    let Ok(local) = stream.local_addr() else { return };
    // Answers are small, and somebody waits for them.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALLED_AFTER));
    let known = Extension(Connection { place: Arc::clone(&place), local });
    let service = TowerToHyperService::new(router.layer(known));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::select! {
        // Whatever a client does wrong is its own affair.
        _ = served => {}
        () = place.evicted() => {}
    }
}
