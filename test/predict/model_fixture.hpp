// A folder of a test's own, and a bundle around a model that Python's xgboost saved (test/data/models).
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "actors/predict/bundle.hpp"
#include "test/support/temp_dir.hpp"

namespace sluice::test {

inline std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline const std::string models = std::string(SLUICE_SOURCE_DIR) + "/test/data/models/";

inline nlohmann::ordered_json python_answers() {
  return nlohmann::ordered_json::parse(content(models + "python.json"));
}

// Of a model that takes temperature, humidity and light as they are.
inline bundle python_bundle(const std::string& file, std::vector<std::string> classes) {
  bundle b;
  b.name = "rooms";
  b.version = "1";
  b.kind = "xgboost";
  b.task = classes.empty() ? model_task::regression : model_task::classification;
  b.label = "occupied";
  b.classes = std::move(classes);
  b.missing = missing_policy::model;
  for (const auto* name : {"temperature", "humidity", "light"}) {
    feature f;
    f.name = name;
    f.seen = distribution::of_numbers({1, 2, 3, 4});
    b.features.push_back(f);
  }
  b.rows = 4;
  b.data_hash = "00";
  b.model = content(models + file);
  return b;
}

inline std::vector<feature_value> rows_of(const nlohmann::ordered_json& rows) {
  std::vector<feature_value> all;
  for (const auto& row : rows)
    for (const auto& v : row) all.push_back(feature_of(v));
  return all;
}

} // namespace sluice::test
