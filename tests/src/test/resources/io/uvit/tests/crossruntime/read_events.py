"""Prints what TensorBoard's own reader finds in a folder of event files, as one JSON object."""

import base64
import json
import sys

from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator

everything = {event_accumulator.SCALARS: 0, event_accumulator.IMAGES: 0, event_accumulator.TENSORS: 0}
plain = event_accumulator.EventAccumulator(sys.argv[1], size_guidance=everything)
plain.Reload()
served = plugin_event_accumulator.EventAccumulator(
    sys.argv[1], size_guidance={event_accumulator.TENSORS: 0}
)
served.Reload()  # the reader that the TensorBoard server uses
tags = plain.Tags()
json.dump(
    {
        "scalars": {
            tag: [[e.step, e.value] for e in plain.Scalars(tag)] for tag in tags["scalars"]
        },
        "images": {
            tag: [
                [e.step, e.width, e.height, base64.b64encode(e.encoded_image_string).decode()]
                for e in plain.Images(tag)
            ]
            for tag in tags["images"]
        },
        "texts": {
            tag: [
                [e.step, e.tensor_proto.string_val[0].decode()] for e in plain.Tensors(tag)
            ]
            for tag in tags["tensors"]
        },
        "plugins": {
            name: sorted(served.PluginTagToContent(name))
            for name in ("scalars", "images", "text")
        },
        "served_steps": {
            tag: [e.step for e in served.Tensors(tag)] for tag in served.Tags()["tensors"]
        },
    },
    sys.stdout,
)
