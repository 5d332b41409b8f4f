//! What a window manager does with the window: sees whether it is on the
//! display, and asks it to close, as the cross in its frame does.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, CLIENT_MESSAGE_EVENT, ClientMessageData, ClientMessageEvent, ConnectionExt, EventMask, MapState,
    Window as Id,
};
use x11rb::rust_connection::RustConnection;

use super::display::Display;

/// The narrowest that the window may be; toolkits have smaller ones of their own.
const NARROWEST: u16 = 1000;

/// A display as a window manager sees it.
pub struct Frame {
    display: RustConnection,
    root: Id,
    protocols: Atom,
    delete: Atom,
}

impl Frame {
    /// Of the windows on a display; the application has one.
    pub fn on(display: &Display) -> Self {
        let (display, screen) = x11rb::connect(Some(&display.name())).expect("the display answers");
        let root = display.setup().roots[screen].root;
        let atom = |name: &str| {
            let asked = display.intern_atom(false, name.as_bytes()).expect("asked");
            asked.reply().expect("an atom").atom
        };
        let (protocols, delete) = (atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW"));
        Self { display, root, protocols, delete }
    }

    /// Whether the window is on the display.
    pub fn is_shown(&self) -> bool {
        self.window().is_some_and(|window| {
            let asked = self.display.get_window_attributes(window).ok();
            let attributes = asked.and_then(|asked| asked.reply().ok());
            attributes.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE)
        })
    }

    /// Asks the window to close.
    pub fn close(&self) {
        let window = self.window().expect("the window is there");
        let message = ClientMessageEvent {
            response_type: CLIENT_MESSAGE_EVENT,
            format: 32,
            sequence: 0,
            window,
            type_: self.protocols,
            data: ClientMessageData::from([self.delete, x11rb::CURRENT_TIME, 0, 0, 0]),
        };
        self.display.send_event(false, window, EventMask::NO_EVENT, message).expect("asked");
        self.display.flush().expect("asked");
    }

    /// The one that can be asked to close and is large enough.
    fn window(&self) -> Option<Id> {
        let children = self.display.query_tree(self.root).ok()?.reply().ok()?.children;
        children.into_iter().find(|window| self.can_be_closed(*window).unwrap_or(false))
    }

    fn can_be_closed(&self, window: Id) -> Option<bool> {
        let width = self.display.get_geometry(window).ok()?.reply().ok()?.width;
        let asked = self.display.get_property(false, window, self.protocols, AtomEnum::ATOM, 0, 16).ok()?;
        let closes = asked.reply().ok()?.value32()?.any(|atom| atom == self.delete);
        Some(width >= NARROWEST && closes)
    }
}
