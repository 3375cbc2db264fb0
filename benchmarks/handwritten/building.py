"""Constant factors wait until the loop is over."""

import numpy as np


def gradient(building, weather, prices, dt):
    walls, heater = building["walls"], building["heater"]
    conductance, capacity = walls["conductance"], walls["capacity"]
    exchange, windows = walls["exchange"], building["windows"]
    gain, setpoint, power = heater["gain"], heater["setpoint"], heater["power"]
    outside, sun, night = weather["outside"], weather["sun"], weather["night"]
    hours, rooms = len(outside), building["rooms"]
    temperature = np.zeros((hours + 1, rooms))
    temperature[0] = building["start"]
    night_energy = day_energy = 0.0
    tape = []
    for hour in range(hours):
        room = temperature[hour]
        short = np.maximum(setpoint - room, 0.0)
        demand = gain * short
        heat = np.minimum(demand, power)
        excess = room - outside[hour]
        lack = room.mean() - room
        flow = heat + windows * sun[hour] - conductance * excess + exchange * lack
        temperature[hour + 1] = room + dt * flow / capacity
        tape.append((short, demand < power, excess, lack, flow))
        if night[hour]:
            night_energy += heat.sum()
        else:
            day_energy += heat.sum()

    difference = temperature[1:] - building["comfort"]
    temperature_bar = np.zeros_like(temperature)
    np.multiply(
        difference, 2.0 * prices["discomfort"] / difference.size, temperature_bar[1:]
    )
    comfort_bar = -temperature_bar.sum()
    night_price, day_price = dt * prices["night"], dt * prices["day"]
    pace = dt / capacity
    capacity_bar, conductance_bar, windows_bar, power_bar = np.zeros((4, rooms))
    exchange_bar = gain_bar = setpoint_bar = 0.0
    for hour in range(hours - 1, -1, -1):
        short, free, excess, lack, flow = tape.pop()
        next_bar, room_bar = temperature_bar[hour + 1], temperature_bar[hour]
        room_bar += next_bar
        flow_bar = next_bar * pace
        capacity_bar -= flow_bar * flow
        exchange_bar += flow_bar @ lack
        conductance_bar -= flow_bar * excess
        windows_bar += flow_bar * sun[hour]
        room_bar += exchange * flow_bar.mean()
        room_bar -= flow_bar * (conductance + exchange)
        flow_bar += night_price if night[hour] else day_price
        demand_bar = flow_bar * free
        flow_bar -= demand_bar
        power_bar += flow_bar
        gain_bar += demand_bar @ short
        demand_bar *= short > 0.0
        demand_bar *= gain
        setpoint_bar += demand_bar.sum()
        room_bar -= demand_bar
    building_bar = {
        "name": None,
        "rooms": None,
        "start": temperature_bar[0].copy(),
        "comfort": comfort_bar,
        "windows": windows_bar,
        "walls": {
            "conductance": conductance_bar,
            "capacity": capacity_bar / capacity,
            "exchange": exchange_bar,
        },
        "heater": {"gain": gain_bar, "setpoint": setpoint_bar, "power": power_bar},
    }
    prices_bar = {
        "day": dt * day_energy,
        "night": dt * night_energy,
        "discomfort": np.mean(difference**2),
    }
    return building_bar, prices_bar


def restructured(building, weather, prices, dt):
    """Only the recurrence stays in the loops; the rest is done for all hours."""
    walls, heater = building["walls"], building["heater"]
    conductance, capacity = walls["conductance"], walls["capacity"]
    exchange, windows = walls["exchange"], building["windows"]
    gain, setpoint, power = heater["gain"], heater["setpoint"], heater["power"]
    outside, sun, night = weather["outside"], weather["sun"], weather["night"]
    hours, rooms = len(outside), building["rooms"]
    pace = dt / capacity
    temperature = np.empty((hours + 1, rooms))
    temperature[0] = building["start"]
    driven = np.multiply.outer(outside, conductance)
    driven += np.multiply.outer(sun, windows)
    keep = conductance + exchange
    for hour in range(hours):
        room = temperature[hour]
        flow = np.maximum(setpoint - room, 0.0)
        flow *= gain
        np.minimum(flow, power, out=flow)
        flow += driven[hour]
        flow += exchange * (np.add.reduce(room) / rooms)
        flow -= keep * room
        flow *= pace
        np.add(room, flow, out=temperature[hour + 1])

    room = temperature[:-1]
    short = np.maximum(setpoint - room, 0.0)
    heat = gain * short
    free = heat < power
    np.minimum(heat, power, out=heat)
    heat_of_hour = heat.sum(axis=1)
    night_energy = heat_of_hour @ night
    slope = (short > 0.0) & free
    price = np.where(night, dt * prices["night"], dt * prices["day"])
    difference = temperature[1:] - building["comfort"]
    temperature_bar = np.zeros_like(temperature)
    temperature_bar[1:] = difference * (2.0 * prices["discomfort"] / difference.size)
    comfort_bar = -temperature_bar.sum()
    temperature_bar[:-1] -= gain * price[:, None] * slope
    stay = 1.0 - pace * (keep + gain * slope)
    even = exchange / rooms
    for hour in range(hours - 1, -1, -1):
        next_bar, room_bar = temperature_bar[hour + 1], temperature_bar[hour]
        room_bar += stay[hour] * next_bar
        room_bar += even * (next_bar @ pace)

    flow_bar = temperature_bar[1:] * pace
    moved = np.diff(temperature, axis=0)
    lack = room.mean(axis=1, keepdims=True) - room
    heat_bar = flow_bar + price[:, None]
    demand_bar = heat_bar * free
    short_bar = demand_bar * slope
    building_bar = {
        "name": None,
        "rooms": None,
        "start": temperature_bar[0].copy(),
        "comfort": comfort_bar,
        "windows": sun @ flow_bar,
        "walls": {
            "conductance": outside @ flow_bar - np.einsum("hr,hr->r", flow_bar, room),
            "capacity": -np.einsum("hr,hr->r", temperature_bar[1:], moved) / capacity,
            "exchange": np.vdot(flow_bar, lack),
        },
        "heater": {
            "gain": np.vdot(demand_bar, short),
            "setpoint": gain * short_bar.sum(),
            "power": (heat_bar - demand_bar).sum(axis=0),
        },
    }
    prices_bar = {
        "day": dt * (heat_of_hour.sum() - night_energy),
        "night": dt * night_energy,
        "discomfort": np.mean(difference**2),
    }
    return building_bar, prices_bar
