"""The tables of the layer check: who may include what, and every exception with its reason. ARCHITECTURE.md tells the story."""

# The only direction: a layer includes itself and what stands before it.
LAYERS = ["messages", "config", "actors", "app"]

# Between the rooms of actors/, beside their own: what logic files may include. A set names the only headers allowed.
ROOM_EDGES = {
    "supervise": {},
    "store": {},
    "client": {},
    # when a file that somebody writes has come to rest
    "transform": {"store": {"rest_watch.hpp"}},
    # the step predict asks models that somebody else runs
    "window": {"transform": None, "store": None, "predict": {"predict_options.hpp", "scoring.hpp"}},
    "ingest": {"store": None, "client": {"mqtt_options.hpp", "kafka_options.hpp", "mqtt_client.hpp", "kafka_message.hpp", "kafka_place.hpp"},  # what comes in
               # a key is JSON as results hold it; pipelines with other keys have their sequence numbers judged here
               "window": {"json_text.hpp", "sequence_set.hpp"}},
    "publish": {"store": None, "client": {"mqtt_options.hpp", "mqtt_publish.hpp", "kafka_options.hpp", "kafka_record.hpp"}},
    "observe": {"store": None},
    # replay reads CSV, times and devices as the decoders do
    "simulate": {"client": None, "ingest": {"decode/csv_records.hpp", "decode/text_value.hpp", "decode_options.hpp",
                                            "device_id.hpp", "file/row_time.hpp"}},
    # bundles are files of users that are copied, and folders
    "predict": {"store": {"file.hpp", "model_files.hpp", "rest_watch.hpp"}},
    # training data is read as sources and replay read it
    "learn": {"predict": None, "ingest": {"decode/event_declaration.hpp", "decode_options.hpp", "file/row_time.hpp"},
              "store": {"payload_json.hpp", "table_files.hpp"}},
}
# What the actor shells (*_actor.hpp, *_actor.cpp) of a room may include on top of that.
SHELL_EDGES = {
    "*": {"supervise": None},
    "transform": {"store": None},  # the watcher of look-up files writes TABLE records
    "predict": {"store": None},  # the watcher of bundles writes MODEL records
    "ingest": {"client": None},
    "publish": {"client": None},
}

# A header (by its beginning) and the only files (patterns) that include it.
THIRD_PARTY = {
    "mqtt/": ["actors/client/paho_link.hpp"],
    "MQTT": ["actors/client/paho_link.hpp"],
    "librdkafka/": ["actors/client/kafka_link.hpp"],
    "openssl/": ["actors/client/byte_stream.cpp", "actors/client/pem_texts.cpp", "actors/store/*", "actors/window/*", "actors/ingest/*",
                 "actors/predict/sha256.cpp"],
    "rocksdb/": ["actors/store/rocks*.hpp", "actors/store/rocks*.cpp"],
    "simdjson": ["actors/ingest/decode/json_text.cpp"],
    "zlib.h": ["actors/ingest/decode/inflate.cpp"],
    "zstd": ["actors/ingest/decode/inflate.cpp"],
    "yaml-cpp/": ["config/yaml_tree.cpp"],
    "date/": ["config/time_zone.cpp"],
    "re2/": ["actors/transform/text_pattern.cpp"],
    "xgboost/": ["actors/predict/booster.cpp"],
    "fasttext/": ["actors/predict/text_model.cpp"],
    "CLI/": ["app/*"],
    "spdlog/": ["*_actor.hpp", "*_actor.cpp", "app/*"],
    "nlohmann/": ["config/*", "actors/*", "app/*"],
    "caf/": ["*_actor.hpp", "*_actor.cpp", "messages/interfaces.hpp", "messages/type_ids.hpp",
             "messages/actor_guard.hpp", "actors/supervise/child_spec.hpp", "app/*"],
    "doctest": [],
}

# Files that are no actor shell and still may reach CAF through what they include, with the reason.
REACHES_CAF = {
    "messages/interfaces.hpp": "the one page of typed actor interfaces",
    "messages/type_ids.hpp": "announces our types to CAF",
    "messages/actor_guard.hpp": "the handlers that every actor shell installs",
    "messages/directory.hpp": "holds the handles of who runs now",
    "actors/supervise/child_spec.hpp": "a row holds the function that spawns the child",
}

# Files whose own header does not come first, with the reason.
OWN_HEADER_LATER = {
}

# Logic files that read a clock, the environment or a random device, with the reason. Shells and app/ may.
READS_THE_WORLD = {
    "config/interpolate.cpp": "${VAR} is the environment: its one reader",
    "actors/store/journal_clock.cpp": "the one place that reads the machine's clocks for the store",
    "actors/supervise/watchdog.cpp": "measures how long an actor hangs; a thread of its own",
    "actors/predict/scoring_desk.cpp": "how long a model may think",
    "actors/client/paho_client.cpp": "deadlines on calls of the library",
    "actors/client/grouped_client.cpp": "when publishes are written, at the latest",
    "actors/client/grouped_connect.cpp": "deadline of a connection attempt",
    "actors/client/grouped_loop.cpp": "keep alive, and how long a batch waits for more messages",
    "actors/client/byte_stream.cpp": "deadline of a connection attempt",
    "actors/client/kafka_consumer.cpp": "deadline of leaving a group",
    "actors/client/kafka_producer.cpp": "whether a transaction is older than the cluster bears",
    "actors/client/kafka_link.cpp": "how often a failed TLS handshake is looked into",
    "actors/simulate/kafka_loop.cpp": "likewise, for Kafka",
    "actors/simulate/publish_loop.cpp": "a whole program's poll loop: time base and keep-alive",
    "actors/simulate/simulator.cpp": "readings are of now",
    "actors/simulate/replay.cpp": "--shift-to-now",
}
