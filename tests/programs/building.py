"""The temperatures and heating cost of a building, its parameters in a dict."""

import numpy as np

SIZES = {"small": (11, 3), "large": (500, 12)}


def heating(heater, room):
    demand = heater["gain"] * np.maximum(heater["setpoint"] - room, 0.0)
    return np.minimum(demand, heater["power"])


def yearly_cost(building, weather, prices, dt):
    walls = building["walls"]
    hours = len(weather["outside"])
    temperature = np.zeros((hours + 1, building["rooms"]))
    temperature[0] = building["start"]
    energy = 0.0
    for hour in range(hours):
        room = temperature[hour]
        heat = heating(building["heater"], room)
        gained = building["windows"] * weather["sun"][hour]
        lost = walls["conductance"] * (room - weather["outside"][hour])
        shared = walls["exchange"] * (np.mean(room) - room)
        flow = heat + gained - lost + shared
        temperature[hour + 1] = room + dt * flow / walls["capacity"]
        if weather["night"][hour]:
            energy += prices["night"] * np.sum(heat)
        else:
            energy += prices["day"] * np.sum(heat)
    discomfort = np.mean((temperature[1:] - building["comfort"]) ** 2)
    return dt * energy + prices["discomfort"] * discomfort


PRIMAL = yearly_cost
WRT = ("building", "prices")


def arguments(rng, size="small"):
    hours, rooms = SIZES[size]
    building = {
        "name": "school",
        "rooms": rooms,
        "start": rng.uniform(15.0, 21.0, rooms),
        "comfort": 20.7,
        "windows": rng.uniform(0.1, 0.9, rooms),
        "walls": {
            "conductance": rng.uniform(0.2, 0.5, rooms),
            "capacity": rng.uniform(2.0, 4.0, rooms),
            "exchange": 0.23,
        },
        "heater": {
            "gain": 1.7,
            "setpoint": 20.3,
            "power": rng.uniform(3.0, 6.0, rooms),
        },
    }
    weather = {
        "outside": rng.uniform(-5.0, 18.0, hours),
        "sun": rng.uniform(0.0, 3.0, hours),
        "night": np.arange(hours) % 3 == 0,
    }
    prices = {"day": 0.31, "night": 0.17, "discomfort": 2.3}
    return building, weather, prices, 0.21
