#include "app/verbs/journal.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "actors/store/journal.hpp"
#include "actors/store/payload_json.hpp"
#include "actors/store/verify.hpp"
#include "app/verbs/journal_replay.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

int complain(std::ostream& errors, const char* verb, const error& why) {
  errors << "sluice journal " << verb << ": " << why.text << "\n";
  return why.code == ec::invalid ? exit_usage : exit_storage;
}

} // namespace

int journal_verify(const std::string& data_dir, std::ostream& out, std::ostream& errors) {
  const auto report = verify_journal(data_dir);
  if (!report) return complain(errors, "verify", report.error());
  for (const auto& s : report->segments) {
    out << s.path << ": ";
    if (s.last < s.first)
      out << "no records";
    else
      out << s.first << " to " << s.last << ", " << s.messages << " messages, " << s.controls
          << " control records";
    out << ", " << s.bytes << " bytes\n";
  }
  for (const auto& notice : report->notices) out << notice << "\n";
  out << report->segments.size() << " segments, " << report->messages << " messages, " << report->controls
      << " control records, sequences " << report->first << " to " << report->last << ", " << report->bytes
      << " bytes; acknowledged up to at least " << report->acknowledged << "\n";
  for (const auto& damage : report->damage) errors << damage << "\n";
  out << (report->damage.empty() ? "good\n" : "DAMAGED\n");
  return report->damage.empty() ? exit_ok : exit_storage;
}

int journal_dump(const std::string& data_dir, bool controls, std::ostream& out, std::ostream& errors) {
  const auto log = journal::open_read_only(data_dir);
  if (!log) return complain(errors, "dump", log.error());
  const auto at = (*log)->read(1);
  for (;;) {
    const auto got = at->next();
    if (!got) return complain(errors, "dump", got.error());
    if (*got == journal::cursor::kind::none) break;
    if (*got == journal::cursor::kind::control) {
      const auto& c = at->record();
      if (controls)
        out << "{\"sequence\":" << c.sequence << ",\"time\":" << c.now_ms << ",\"control\":\""
            << to_string(c.kind) << "\",\"name\":" << json_string(c.name) << ",\"value\":" << c.value
            << "}\n";
      continue;
    }
    const auto& m = at->message();
    out << "{\"sequence\":" << m.sequence << ",\"time\":" << m.received_ms
        << ",\"source\":" << json_string(at->source()) << ",\"topic\":" << json_string(m.topic) << ','
        << payload_member(m.payload) << "}\n";
  }
  if (!out.flush()) return complain(errors, "dump", {ec::storage, "the output cannot be written"});
  return exit_ok;
}

void add_journal(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("journal", "look into a journal: verify, dump, replay");
  verb->require_subcommand(1);
  verb->footer("Example: sluice journal verify --data-dir ./data");
  const auto reader = [&](const char* name, const char* what) {
    auto dir = std::make_shared<std::string>();
    auto* sub = verb->add_subcommand(name, what);
    sub->add_option("--data-dir", *dir, "the data directory of the service, running or not")->required();
    sub->footer(std::string("Example: sluice journal ") + name + " --data-dir ./data");
    return std::pair(sub, dir);
  };
  const auto [verify, verified] =
      reader("verify", "read everything, say what is there and where it is damaged (74)");
  verify->callback([dir = verified, &exit_code] { exit_code = journal_verify(*dir, std::cout, std::cerr); });
  const auto [dump, dumped] = reader("dump", "print one line of JSON per message");
  auto controls = std::make_shared<bool>(false);
  dump->add_flag("--controls", *controls, "control records, too: ticks, models, marks, ..");
  dump->callback([dir = dumped, controls, &exit_code] {
    exit_code = journal_dump(*dir, *controls, std::cout, std::cerr);
  });

  auto a = std::make_shared<replay_arguments>();
  auto* replay =
      verb->add_subcommand("replay", "run a configuration over the whole journal, from empty state");
  replay->add_option("--data-dir", a->data_dir, "the data directory of the service, running or not")
      ->required();
  replay->add_option("--config", a->config, "a YAML file, or a folder of files that merge by name")
      ->required();
  replay->add_option("--out", a->out, "where the results go, one line of JSON each (default: stdout)");
  replay->footer("Example: sluice journal replay --data-dir ./data --config sluice.yaml --out results.jsonl");
  replay->callback([a, &exit_code] { exit_code = journal_replay(*a); });
}

} // namespace sluice
