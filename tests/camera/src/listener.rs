//! A port that can be closed and opened again.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use socket2::SockRef;

/// Serves each connection in a thread of its own.
pub struct Listener {
    address: SocketAddr,
    serve: Arc<dyn Fn(TcpStream) + Send + Sync>,
    open: Mutex<Option<Open>>,
}

struct Open {
    socket: Arc<TcpListener>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Listens on loopback; port 0 is any free one.
    pub fn start(port: u16, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = socket.local_addr()?;
        let listener = Self { address, serve: Arc::new(serve), open: Mutex::new(None) };
        listener.accept_from(socket)?;
        Ok(listener)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn is_open(&self) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Nobody can connect when this has returned.
    pub fn close(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Open { socket, accepting }) = open {
            // Wakes the thread that accepts.
            let _ = SockRef::from(&*socket).shutdown(Shutdown::Both);
            let _ = accepting.join();
        }
    }

    pub fn open_again(&self) -> io::Result<()> {
        if self.is_open() { Ok(()) } else { self.accept_from(TcpListener::bind(self.address)?) }
    }

    fn accept_from(&self, socket: TcpListener) -> io::Result<()> {
        let socket = Arc::new(socket);
        let (accepted, serve) = (Arc::clone(&socket), Arc::clone(&self.serve));
        let accepting = thread::Builder::new().name("accept".to_owned()).spawn(move || {
            loop {
                let stream = match accepted.accept() {
                    Ok((stream, _)) => stream,
                    // It was shut down.
                    Err(error) if error.kind() == io::ErrorKind::InvalidInput => break,
                    // The client has gone already.
                    Err(_) => continue,
                };
                let serve = Arc::clone(&serve);
                // Without a thread for it the connection is closed, as a camera with too many clients does.
                let _ = thread::Builder::new().name("connection".to_owned()).spawn(move || serve(stream));
            }
        })?;
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(Open { socket, accepting });
        Ok(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
}
