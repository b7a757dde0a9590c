// What is known of a model: a folder with the model in its library's own format, a description, and rows with
// the outputs it must give for them.
//
//   bundle.json    this description, with the SHA-256 of the other two
//   model.json     of XGBoost, or model.ubj; model.bin of fastText
//   samples.jsonl  one row and what the model gives for it per line
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/predict/feature.hpp"
#include "messages/errors.hpp"

namespace sluice {

enum class model_task { regression, classification };
enum class model_library { xgboost, fasttext };

// A row of the training data and what the model gave for it: one number, or the probability of each class.
struct bundle_sample {
  nlohmann::ordered_json row; // an array of numbers, texts and nulls, in the order of the features
  std::vector<double> outputs;
};
// What one of them is for a model; its text belongs to `v`.
feature_value feature_of(const nlohmann::ordered_json& v);

struct bundle {
  std::string name;
  std::string version;
  std::string kind; // "boosted_trees": which option made it
  model_library library = model_library::xgboost;
  model_task task = model_task::regression;
  nlohmann::ordered_json parameters; // what the library was asked for, by its own names
  std::string label;                 // the field that is predicted
  std::vector<std::string> classes;  // of a classification: names by code
  missing_policy missing = missing_policy::refuse;
  std::vector<feature> features;       // in the order of the model's columns
  std::vector<std::string> stop_words; // of texts: languages
  std::uint64_t rows = 0;              // given to the training, those for stop_after among them
  std::string data_hash;               // SHA-256 of them
  nlohmann::ordered_json metrics;      // for people; nothing reads it
  std::vector<bundle_sample> samples;
  std::string model; // the bytes of the model's file
};

// A bundle that was read, and the SHA-256 of its bundle.json, which stands for all of it: the name of the
// model in the journal.
struct read_bundle {
  bundle what;
  std::string hash;
};

// Reads the folder `path`. What is read belongs together even if the folder is replaced meanwhile. Errors:
// ec::storage (a file cannot be read), ec::corrupt: what is wrong, where, what was found and what is wanted.
outcome<read_bundle> load_bundle(const std::string& path);

// Whether a bundle can stand at `path`: nothing, an empty folder or another bundle is there, and the folder
// above, which is made, can be written. Errors: ec::storage.
outcome<void> check_place(const std::string& path);

// Writes the folder `path` anew, as a whole or not at all: files beside it, synced, and one exchange of
// names; an interrupt of the process (SIGINT, SIGTERM, SIGHUP) waits for it. Returns its hash. Errors:
// ec::storage.
outcome<std::string> save_bundle(const bundle& what, const std::string& path);

// What the model's file is called.
std::string model_file(const bundle& what);

// The two texts; parse_* name `file` in errors.
std::string bundle_text(const bundle& what, const std::string& model_hash, const std::string& samples_hash);
std::string samples_text(const bundle& what);
struct bundle_files {
  std::string model, model_hash, samples_hash;
};
outcome<bundle_files> parse_bundle(const std::string& text, const std::string& file, bundle& into);
outcome<void> parse_samples(const std::string& text, const std::string& file, bundle& into);

} // namespace sluice
