#include "app/verbs/status.hpp"

#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/control_socket.hpp"
#include "app/data_dir.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

using nlohmann::json;

std::string text(const json& v) {
  return v.is_string() ? v.get<std::string>() : v.dump();
}

void print_map(const char* title, const json& all) {
  for (const auto& [name, line] : all.items()) {
    std::cout << "  " << title << " " << name << ":";
    for (const auto& [key, value] : line.items()) std::cout << " " << key << "=" << text(value);
    std::cout << "\n";
  }
}

void print_for_people(const json& s) {
  std::cout << s.value("state", "?") << (s.value("ready", false) ? ", ready" : ", not ready") << ", up "
            << s.value("uptime_s", 0.0) << " s\n";
  std::cout << "components\n";
  if (s.contains("components"))
    for (const auto& [name, c] : s["components"].items()) {
      std::cout << "  " << name << ":";
      for (const auto& [key, value] : c.items()) std::cout << " " << key << "=" << text(value);
      std::cout << "\n";
    }
  if (s.contains("ledger")) {
    const auto& ledger = s["ledger"];
    std::cout << "ledger: " << (ledger.value("balanced", false) ? "balanced" : "NOT BALANCED") << "\n";
    if (ledger.contains("sources")) print_map("source", ledger["sources"]);
    if (ledger.contains("pipelines")) print_map("pipeline", ledger["pipelines"]);
    if (ledger.contains("sinks")) print_map("sink", ledger["sinks"]);
  }
  if (s.contains("health")) std::cout << "health: " << s["health"].dump() << "\n";
}

} // namespace

void add_status(CLI::App& app, int& exit_code) {
  struct arguments {
    std::string config, data_dir;
    bool as_json = false;
  };
  auto a = std::make_shared<arguments>();
  auto* verb = app.add_subcommand("status", "what the running service says about itself");
  verb->add_option("CONFIG", a->config, "the configuration of the service (to find its data directory)");
  verb->add_option("--data-dir", a->data_dir, "the data directory of the service");
  verb->add_flag("--json", a->as_json, "the document as it stands in DATA_DIR/status.json");
  verb->footer("Example: sluice status --data-dir ./data --json");
  verb->callback([a, &exit_code] {
    const auto dir = find_data_dir(a->data_dir, a->config);
    if (!dir) {
      std::cerr << dir.error().text << "\n";
      exit_code = exit_config;
      return;
    }
    const auto answer = ask_service(*dir + "/control.sock", "status");
    if (!answer) {
      std::cerr << "sluice status: " << answer.error().text << "\n";
      exit_code = 1;
      return;
    }
    if (a->as_json)
      std::cout << *answer;
    else
      print_for_people(json::parse(*answer, nullptr, false));
    exit_code = exit_ok;
  });
}

} // namespace sluice
