#include "actors/predict/ubjson.hpp"

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

using json = nlohmann::json;

// Takes everything that is well formed.
struct listener : nlohmann::json_sax<json> {
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }
};

} // namespace

bool is_json_model(std::string_view bytes) noexcept {
  return bytes.size() < 2 || std::string_view("\" \t\r\n}").find(bytes[1]) != std::string_view::npos;
}

bool is_ubjson(std::string_view bytes) {
  listener all;
  return json::sax_parse(bytes, &all, json::input_format_t::ubjson);
}

} // namespace sluice
