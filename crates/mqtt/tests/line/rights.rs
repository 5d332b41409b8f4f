//! Who may what, and whether it is told.

use chairside_mqtt::topics::Way;
use chairside_mqtt::{Event, Login, Reason, Why};

use crate::certificates::Certificates;
use crate::peers::{End, central_settings, desk_settings, message};
use crate::process::{BrokerProcess, Kind, peer};

on_both! {
    async fn a_message_that_may_not_be_published_is_told_and_the_line_goes_on(kind) {
        let broker = BrokerProcess::start(kind, &["d", "e"]);
        let mut central = End::central(&broker).await;
        let mut desk = End::desk(&broker, "d").await;
        let (own, others) = (peer("d").topic(Way::Up), peer("e").topic(Way::Up));
        for round in 0..5 {
            desk.line.send(&others, vec![round]).await.expect("accepted here; the broker decides");
            desk.line.send(&own, vec![round]).await.expect("it is up");
        }
        for round in 0..5 {
            desk.expect(Event::Refused { topic: others.clone(), reason: Reason::NotAuthorized }).await;
            central.expect_message(&own, &[round]).await;
        }
    }

    async fn a_subscription_that_may_not_be_had_brings_nothing(kind) {
        let broker = BrokerProcess::start(kind, &["d", "e"]);
        let central = End::central(&broker).await;
        let mut settings = desk_settings(broker.address(), &peer("d"));
        let (own, others) = (peer("d").topic(Way::Down), peer("e").topic(Way::Down));
        settings.subscriptions.push(others.clone());
        let mut desk = End::open(settings);
        if kind == Kind::Embedded {
            desk.expect(Event::Denied { filter: others, reason: Reason::NotAuthorized }).await;
            desk.expect(Event::Down { why: Why::Denied, unsent: 0 }).await;
            return;
        }
        // Mosquitto with an ACL file grants what it then does not deliver.
        desk.expect(Event::Up).await;
        central.line.send(&others, vec![1]).await.expect("central is up");
        central.line.send(&own, vec![2]).await.expect("central is up");
        desk.expect_message(&own, &[2]).await;
    }

    async fn a_wrong_password_is_told(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        for name in [peer("d").user_name(), "nobody".to_owned()] {
            let mut settings = desk_settings(broker.address(), &peer("d"));
            settings.login = Some(Login { name, password: "wrong".to_owned() });
            let mut desk = End::open(settings);
            let (why, unsent) = desk.until_down().await;
            assert!(matches!(why, Why::Refused(Reason::BadLogin | Reason::NotAuthorized)), "{why:?}");
            assert_eq!(unsent, 0);
        }
    }

    async fn a_certificate_says_who_a_desk_is(kind) {
        let broker = BrokerProcess::start_tls(kind, &["d", "e"]);
        let certificates = broker.certificates.as_ref().expect("with TLS");
        let mut central = central_settings(broker.address());
        (central.login, central.tls) = (None, Some(certificates.client("central")));
        let mut central = End::up(central).await;
        let mut settings = desk_settings(broker.address(), &peer("d"));
        // A name and a password beside it change nothing.
        settings.login.as_mut().expect("a login").name = peer("e").user_name();
        settings.tls = Some(certificates.client(&peer("d").user_name()));
        let mut desk = End::up(settings).await;
        let (up, down) = (peer("d").topic(Way::Up), peer("d").topic(Way::Down));
        desk.line.send(&peer("e").topic(Way::Up), vec![1]).await.expect("it is up");
        desk.expect(Event::Refused { topic: peer("e").topic(Way::Up), reason: Reason::NotAuthorized }).await;
        desk.line.send(&up, vec![2; 50_000]).await.expect("it is up");
        assert_eq!(central.next().await, message(&up, &[2; 50_000]));
        central.line.send(&down, vec![3]).await.expect("it is up");
        desk.expect_message(&down, &[3]).await;
    }

    async fn a_certificate_that_is_not_trusted_or_not_known_does_not_get_in(kind) {
        let broker = BrokerProcess::start_tls(kind, &["d"]);
        let trusted = broker.certificates.as_ref().expect("with TLS");
        let stranger = Certificates::new();
        let desk = |tls| {
            let mut settings = desk_settings(broker.address(), &peer("d"));
            (settings.login, settings.tls) = (None, Some(tls));
            End::open(settings)
        };
        let name = peer("d").user_name();
        let mut forged = stranger.client(&name);
        forged.ca = trusted.ca();
        let mut deceived = trusted.client(&name);
        deceived.ca = stranger.ca();
        let mut without = trusted.client(&name);
        without.identity = None;
        for tls in [forged, deceived, without] {
            assert_eq!(desk(tls).until_down().await.0, Why::Untrusted);
        }
        let mut unknown = desk(trusted.client("c.unknown"));
        if kind == Kind::Embedded {
            assert_eq!(unknown.until_down().await.0, Why::Refused(Reason::BadLogin));
            return;
        }
        // Mosquitto lets anybody in whose certificate is good; the ACL file gives them nothing.
        unknown.expect(Event::Up).await;
        let up = peer("d").topic(Way::Up);
        unknown.line.send(&up, vec![1]).await.expect("it is up");
        unknown.expect(Event::Refused { topic: up, reason: Reason::NotAuthorized }).await;
    }
}
