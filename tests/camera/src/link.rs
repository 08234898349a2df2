//! One TCP connection to a client. It ends when the client goes or when a cut is ordered, also while it waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use socket2::SockRef;

use crate::core::{Core, Counts};
use crate::mode::Cut;

/// The connection is over.
#[derive(Debug)]
pub struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

pub struct Link {
    stream: TcpStream,
    core: Arc<Core>,
    /// Cuts that were ordered before it was accepted.
    cuts: u64,
    /// Received and not yet taken.
    pub inbox: Vec<u8>,
}

/// How long an order may go unnoticed.
const LOOK_UP: Duration = Duration::from_millis(20);

impl Link {
    pub fn new(stream: TcpStream, core: Arc<Core>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(LOOK_UP))?;
        Counts::add(&core.counts.connections);
        Counts::add(&core.counts.open);
        let cuts = core.state().cuts;
        Ok(Self { stream, core, cuts, inbox: Vec::new() })
    }

    pub fn client(&self) -> Result<SocketAddr, Gone> {
        Ok(self.stream.peer_addr()?)
    }

    /// Waits for the client to send something, for `within` or a little less.
    pub fn receive(&mut self, within: Duration) -> Result<(), Gone> {
        self.check()?;
        self.stream.set_read_timeout(Some(within.clamp(Duration::from_millis(1), LOOK_UP)))?;
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(Gone),
            Ok(read) => {
                self.inbox.extend_from_slice(&piece[..read]);
                Ok(())
            }
            Err(error) if waits(&error) => Ok(()),
            Err(_) => Err(Gone),
        }
    }

    /// Sends everything; waits for as long as the client does not take it.
    pub fn send(&mut self, mut bytes: &[u8]) -> Result<(), Gone> {
        while !bytes.is_empty() {
            self.check()?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(Gone),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if waits(&error) => {}
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Gone> {
        if self.core.state().cuts == self.cuts { Ok(()) } else { Err(Gone) }
    }
}

fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl Drop for Link {
    fn drop(&mut self) {
        let state = self.core.state();
        if state.cuts > self.cuts && state.cut == Cut::Reset {
            // Nothing to linger for: the kernel sends RST instead of FIN.
            let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
        self.core.counts.open.fetch_sub(1, Ordering::SeqCst);
    }
}
