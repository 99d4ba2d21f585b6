"""What a city's IT would build of ready-made parts: a Node-RED flow, and a plain script."""
