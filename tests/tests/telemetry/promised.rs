//! The metrics that `docs/operations.md` promises.

pub struct Promise {
    pub name: &'static str,
    pub unit: &'static str,
    pub kind: &'static str,
    pub prometheus: &'static str,
    /// What every point has.
    pub attributes: &'static [&'static str],
    /// What some points have.
    pub sometimes: &'static [&'static str],
}

const FUNCTION: &[&str] = &["faas.name", "faas.trigger"];

/// `faas.errors` is not among them: nothing that a caller can do makes a handler fail.
pub const PROMISED: &[Promise] = &[
    Promise {
        name: "http.server.request.duration",
        unit: "s",
        kind: "histogram",
        prometheus: "http_server_request_duration_seconds",
        attributes: &[
            "http.request.method",
            "http.response.status_code",
            "url.scheme",
        ],
        sometimes: &["http.route", "error.type"],
    },
    Promise {
        name: "http.server.active_requests",
        unit: "{request}",
        kind: "gauge",
        prometheus: "http_server_active_requests",
        attributes: &["http.request.method", "url.scheme"],
        sometimes: &[],
    },
    Promise {
        name: "faas.invoke_duration",
        unit: "s",
        kind: "histogram",
        prometheus: "faas_invoke_duration_seconds",
        attributes: FUNCTION,
        sometimes: &[],
    },
    Promise {
        name: "switchboard.function.active",
        unit: "{invocation}",
        kind: "gauge",
        prometheus: "switchboard_function_active",
        attributes: FUNCTION,
        sometimes: &[],
    },
    Promise {
        name: "switchboard.function.delay",
        unit: "s",
        kind: "histogram",
        prometheus: "switchboard_function_delay_seconds",
        attributes: FUNCTION,
        sometimes: &[],
    },
    Promise {
        name: "switchboard.function.throttles",
        unit: "{throttle}",
        kind: "counter",
        prometheus: "switchboard_function_throttles_total",
        attributes: FUNCTION,
        sometimes: &[],
    },
    Promise {
        name: "messaging.client.sent.messages",
        unit: "{message}",
        kind: "counter",
        prometheus: "messaging_client_sent_messages_total",
        attributes: &[
            "messaging.system",
            "messaging.operation.name",
            "messaging.destination.name",
        ],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.relay.lag",
        unit: "s",
        kind: "histogram",
        prometheus: "switchboard_relay_lag_seconds",
        attributes: &["messaging.destination.name"],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.outbox.oldest.age",
        unit: "s",
        kind: "gauge",
        prometheus: "switchboard_outbox_oldest_age_seconds",
        attributes: &[],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.due.oldest.age",
        unit: "s",
        kind: "gauge",
        prometheus: "switchboard_due_oldest_age_seconds",
        attributes: &["switchboard.scope"],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.dead_letters",
        unit: "{dead_letter}",
        kind: "counter",
        prometheus: "switchboard_dead_letters_total",
        attributes: &["faas.name", "switchboard.dead_letter.kind"],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.image.pixels",
        unit: "{pixel}",
        kind: "counter",
        prometheus: "switchboard_image_pixels_total",
        attributes: &[],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.image.processing.duration",
        unit: "s",
        kind: "histogram",
        prometheus: "switchboard_image_processing_duration_seconds",
        attributes: &["switchboard.outcome"],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.webhook.duration",
        unit: "s",
        kind: "histogram",
        prometheus: "switchboard_webhook_duration_seconds",
        attributes: &["switchboard.outcome"],
        sometimes: &[],
    },
    Promise {
        name: "switchboard.webhook.throttles",
        unit: "{throttle}",
        kind: "counter",
        prometheus: "switchboard_webhook_throttles_total",
        attributes: &[],
        sometimes: &[],
    },
];
