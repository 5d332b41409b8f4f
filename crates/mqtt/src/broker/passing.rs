//! Passing a message on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::{BrokerEventHandler, ClientPublishEvent, PublishAction};
use mqtt5::packet::publish::PublishPacket;
use tokio::time::Instant;

use crate::access::CENTRAL;

/// How long a desk may be held up because central takes nothing more.
const DESK_WAITS: Duration = Duration::from_secs(2);

/// The broker crate lets whoever publishes wait for a receiver whose lane is
/// full. For a desk that is right: it slows down where central can't keep up.
/// Central itself waits for nobody, or one desk that hangs would hold up all
/// the others; what such a desk doesn't take waits in its queue, and the oldest
/// is dropped where that is full.
pub(super) struct Passing(pub Arc<MessageRouter>);

impl BrokerEventHandler for Passing {
    fn on_client_publish<'a>(
        &'a self,
        event: ClientPublishEvent,
    ) -> Pin<Box<dyn Future<Output = PublishAction> + Send + 'a>> {
        Box::pin(async move {
            let waits = if event.user_id.as_deref() == Some(CENTRAL) { Duration::ZERO } else { DESK_WAITS };
            let publish = PublishPacket::new(&*event.topic, event.payload, event.qos);
            self.0.route_message_with_deadline(&publish, Some(&event.client_id), Instant::now() + waits).await;
            PublishAction::Handled
        })
    }
}
