// Rooms to learn from: a table in a folder of its own, and a model that is trained from it.
#pragma once

#include <filesystem>
#include <fstream>
#include <random>

#include <doctest/doctest.h>

#include "actors/learn/training.hpp"
#include "test/support/temp_dir.hpp"

namespace sluice::test {

// Rooms: occupied when it is bright, with some noise; `comfort` is a number that follows both readings.
inline std::string rooms_csv(unsigned rows, unsigned seed, double more_light = 0) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() % 10'000) / 10'000; };
  std::string out = "date,room,temperature,light,occupied,level,comfort,note\n";
  for (unsigned i = 0; i < rows; ++i) {
    const double temperature = 18 + 6 * uniform(), light = 500 * uniform() + more_light;
    const bool occupied = (light > 250) != (uniform() < 0.05);
    const auto level = light < 150 ? "low" : light < 350 ? "middle" : "high";
    out += "2025-01-01 00:" + std::string(i % 60 < 10 ? "0" : "") + std::to_string(i % 60) + ":00," +
           (i % 3 == 0 ? "hall" : "office") + "," + std::to_string(temperature) + "," +
           std::to_string(light) + "," + (occupied ? "1" : "0") + "," + level + "," +
           std::to_string(2 * temperature - 0.1 * light) +
           (occupied ? ",the lamp is bright and people talk\n" : ",the lamp is dark and nobody is there\n");
  }
  return out;
}

struct rooms {
  temp_dir folder;
  model_options m;

  rooms() {
    std::ofstream(folder.path() + "/rooms.csv") << rooms_csv(300, 1);
    m.name = "rooms";
    m.into = folder.path() + "/models/rooms";
    m.data.files = {folder.path() + "/rooms.csv"};
    m.label = {"occupied"};
    m.features = {{"temperature"}, {"light"}};
    m.kind = logistic_regression_options();
  }
  std::string errors;
  nlohmann::ordered_json train() {
    auto rows = read_rows(m);
    REQUIRE_MESSAGE(rows.has_value(), rows.error().text);
    auto tests = read_tests(m);
    REQUIRE_MESSAGE(tests.has_value(), tests.error().text);
    config::report out;
    const training_data data{std::move(*rows), std::move(*tests)};
    auto made = train_model(m, data, out, [](const std::string&, double) {});
    errors = made ? out.text() : made.error().text;
    return made ? *made : nlohmann::ordered_json();
  }
  predictor bundle() const {
    auto p = predictor::load(m.into);
    REQUIRE_MESSAGE(p.has_value(), p.error().text);
    return std::move(*p);
  }
};

inline double number(const nlohmann::ordered_json& made, const char* pointer) {
  return made.at(nlohmann::ordered_json::json_pointer(pointer)).get<double>();
}

} // namespace sluice::test
