"""The lab: signed webhook deliveries made on the desk, sent to the running server, judged as the provider would."""
