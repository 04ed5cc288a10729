"""What Home Assistant would do with `Documentation/Clients/home-assistant.yaml`, without Home Assistant.

    python3 home_assistant.py FILE URL PHOTO

Each request of the file is sent to the service at URL, with PHOTO where a camera's picture would be; each template is
rendered over what was answered. Prints what each entity would be; exits 1 where one would be unavailable.
"""

import base64
import subprocess
import sys

import jinja2
import requests
import yaml


def render(template, **names):
    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(template).render(**names)


def main():
    path, url, photo = sys.argv[1:]
    with open(path) as file:
        text = file.read()
    for written, meant in [("http://multibox.local:8080", url), ("/config/www/door.jpg", photo)]:
        assert written in text, written
        text = text.replace(written, meant)
    configuration = yaml.safe_load(text)
    assert set(configuration) == {"command_line", "rest", "rest_command"}

    sensor = configuration["command_line"][0]["sensor"]
    run = subprocess.run(sensor["command"], shell=True, capture_output=True, timeout=sensor["command_timeout"], check=True)
    answer = requests.models.complexjson.loads(run.stdout)
    state = render(sensor["value_template"], value_json=answer)
    assert int(state) == len(answer["detections"]) > 0, answer
    assert all(one["class"] == "person" for one in answer["detections"])
    assert set(sensor["json_attributes"]) <= set(answer)
    print(f"{sensor['name']}: {state}")

    rest = configuration["rest"][0]
    answer = requests.get(rest["resource"], timeout=rest["timeout"])
    answer.raise_for_status()
    for sensor in rest["sensor"]:
        state = render(sensor["value_template"], value_json=answer.json())
        assert state == "ready" and set(sensor["json_attributes"]) <= set(answer.json())
        print(f"{sensor['name']}: {state}")

    command = configuration["rest_command"]["multibox_detect"]
    with open(photo, "rb") as file:
        image = base64.b64encode(file.read()).decode()
    for given in [{"image": image}, {"image": image, "threshold": 0.1}]:
        answer = requests.request(
            command["method"],
            command["url"],
            data=render(command["payload"], **given),
            headers={"Content-Type": command["content_type"]},
            timeout=command["timeout"],
        )
        answer.raise_for_status()
        assert answer.json()["detections"], answer.text
    print("rest_command.multibox_detect: " + answer.json()["detections"][0]["class"])


if __name__ == "__main__":
    main()
