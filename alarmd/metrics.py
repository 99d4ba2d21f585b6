"""The figures that Prometheus reads."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Every metric of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.presses = Counter("alarmd_presses", "Presses by kind and outcome", ["kind", "outcome"], registry=registry)
        self.press_commit = Histogram(
            "alarmd_press_commit_seconds", "From the press received to its commit", buckets=SECONDS, registry=registry
        )
        self.press_to_delivery = Histogram(
            "alarmd_press_to_delivery_seconds",
            "From the press received to the police's 2xx",
            buckets=SECONDS,
            registry=registry,
        )
        self.deliveries = Counter(
            "alarmd_deliveries", "Attempts by endpoint and outcome", ["endpoint", "outcome"], registry=registry
        )
        self.outbox_depth = Gauge("alarmd_outbox_depth", "Deliveries still owed", registry=registry)
        self.outbox_oldest = Gauge("alarmd_outbox_oldest_seconds", "Age of the oldest of them", registry=registry)
        self.listener_connected = Gauge(
            "alarmd_listener_connected", "1 while connected to the broker", ["broker"], registry=registry
        )
        self.quarantined = Counter("alarmd_quarantined", "Signals put into quarantine", ["reason"], registry=registry)
        self.alarms_open = Gauge("alarmd_alarms_open", "Alarms that nobody has acknowledged yet", registry=registry)
        self.buttons_silent = Gauge(
            "alarmd_buttons_silent", "Buttons that were not heard within their interval", registry=registry
        )
        self.faults_open = Gauge("alarmd_faults_open", "Faults that are open, by kind", ["kind"], registry=registry)
        self.canary_age = Gauge(
            "alarmd_canary_age_seconds", "Since the canary that last arrived was sent", registry=registry
        )
