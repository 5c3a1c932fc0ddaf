"""Stand-ins for what fails: a Hub, a proxy, an app with a fault; and a training run of seconds."""
