"""alarmd: from a button in a shop to the police.

A press arrives over MQTT (`edge.mqtt`) and is understood (`core.dialects`).
It is committed with its alarm, its alert and what is owed to whom (`flow.accept`), and only then acknowledged.
The alert is signed and posted to the police, again and again until they have it (`flow.deliver`).
The clerk's button and the operators are told of every step (`flow.inform`).
A human at the police acknowledges (`web.alarms`), or the next in the chain is asked.
"""
