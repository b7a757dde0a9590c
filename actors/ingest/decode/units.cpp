#include "actors/ingest/decode/units.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {

namespace {

constexpr double pi = 3.14159265358979323846;

// NIST SP 811 (2008), appendix B.
constexpr unit table[] = {
    {"Cel", "temperature"},
    {"degC", "temperature"},
    {"degF", "temperature", -32, 5, 9},
    {"K", "temperature", -273.15, 1, 1},

    {"%", "ratio"},
    {"/", "ratio", 0, 100, 1},
    {"ppm", "ratio", 0, 1, 1e4},
    {"ppb", "ratio", 0, 1, 1e7},

    {"Pa", "pressure"},
    {"hPa", "pressure", 0, 100, 1},
    {"kPa", "pressure", 0, 1000, 1},
    {"MPa", "pressure", 0, 1e6, 1},
    {"mbar", "pressure", 0, 100, 1},
    {"bar", "pressure", 0, 1e5, 1},
    {"psi", "pressure", 0, 6894.757293168361, 1},
    {"mmHg", "pressure", 0, 133.322387415, 1},
    {"inHg", "pressure", 0, 3386.388640341, 1},
    {"atm", "pressure", 0, 101325, 1},

    {"m", "length"},
    {"km", "length", 0, 1000, 1},
    {"cm", "length", 0, 1, 100},
    {"mm", "length", 0, 1, 1000},
    {"um", "length", 0, 1, 1e6},
    {"in", "length", 0, 254, 10000},
    {"ft", "length", 0, 3048, 10000},
    {"yd", "length", 0, 9144, 10000},
    {"mi", "length", 0, 1609344, 1000},
    {"nmi", "length", 0, 1852, 1},

    {"s", "duration"},
    {"ms", "duration", 0, 1, 1000},
    {"us", "duration", 0, 1, 1e6},
    {"min", "duration", 0, 60, 1},
    {"h", "duration", 0, 3600, 1},
    {"d", "duration", 0, 86400, 1},

    {"W", "power"},
    {"mW", "power", 0, 1, 1000},
    {"kW", "power", 0, 1000, 1},
    {"MW", "power", 0, 1e6, 1},
    {"hp", "power", 0, 745.69987158227022, 1},

    {"J", "energy"},
    {"kJ", "energy", 0, 1000, 1},
    {"MJ", "energy", 0, 1e6, 1},
    {"Wh", "energy", 0, 3600, 1},
    {"kWh", "energy", 0, 3.6e6, 1},
    {"MWh", "energy", 0, 3.6e9, 1},

    {"kg", "mass"},
    {"g", "mass", 0, 1, 1000},
    {"mg", "mass", 0, 1, 1e6},
    {"t", "mass", 0, 1000, 1},
    {"lb", "mass", 0, 45359237, 1e8},
    {"oz", "mass", 0, 28349523125, 1e12},

    {"m/s", "speed"},
    {"km/h", "speed", 0, 10, 36},
    {"mph", "speed", 0, 44704, 1e5},
    {"kn", "speed", 0, 1852, 3600},
    {"ft/s", "speed", 0, 3048, 10000},

    {"m3", "volume"},
    {"l", "volume", 0, 1, 1000},
    {"ml", "volume", 0, 1, 1e6},
    {"gal", "volume", 0, 3785411784, 1e12},
    {"ft3", "volume", 0, 28316846592, 1e12},

    {"m3/s", "flow"},
    {"m3/h", "flow", 0, 1, 3600},
    {"l/s", "flow", 0, 1, 1000},
    {"l/min", "flow", 0, 1, 60000},
    {"gpm", "flow", 0, 3785411784, 6e13},

    {"V", "voltage"},
    {"mV", "voltage", 0, 1, 1000},
    {"kV", "voltage", 0, 1000, 1},
    {"A", "current"},
    {"mA", "current", 0, 1, 1000},
    {"uA", "current", 0, 1, 1e6},
    {"C", "charge"},
    {"Ah", "charge", 0, 3600, 1},
    {"mAh", "charge", 0, 36, 10},
    {"Ohm", "resistance"},
    {"kOhm", "resistance", 0, 1000, 1},

    {"Hz", "frequency"},
    {"kHz", "frequency", 0, 1000, 1},
    {"MHz", "frequency", 0, 1e6, 1},
    {"GHz", "frequency", 0, 1e9, 1},
    {"rpm", "frequency", 0, 1, 60},

    {"rad", "angle"},
    {"deg", "angle", 0, pi, 180},

    {"g/m3", "concentration"},
    {"mg/m3", "concentration", 0, 1, 1000},
    {"ug/m3", "concentration", 0, 1, 1e6},

    {"B", "data"},
    {"kB", "data", 0, 1000, 1},
    {"MB", "data", 0, 1e6, 1},
    {"GB", "data", 0, 1e9, 1},
    {"KiB", "data", 0, 1024, 1},
    {"MiB", "data", 0, 1048576, 1},
    {"GiB", "data", 0, 1073741824, 1},

    {"lx", "illuminance"},
    {"m/s2", "acceleration"},
    {"T", "magnetic flux density"},
    {"dB", "level"},
    {"dBm", "power level"},
    {"pH", "acidity"},
    {"count", "number"},
};

} // namespace

const unit* find_unit(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(table), std::end(table), [&](const unit& u) { return u.name == name; });
  return found == std::end(table) ? nullptr : found;
}

std::vector<std::string> unit_names() {
  std::vector<std::string> names;
  for (const auto& u : table) names.emplace_back(u.name);
  return names;
}

std::string units_like(const unit& u) {
  std::string names;
  for (const auto& other : table)
    if (other.quantity == u.quantity) names += (names.empty() ? "" : ", ") + std::string(other.name);
  return names;
}

} // namespace sluice
