// Markdown tables.
#include "config/reference.hpp"

namespace sluice::config {

namespace {

// A cell of a table: bars would end it.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + cell(text) + "`";
}

void rows(const std::vector<option_info>& infos, const std::string& prefix, std::string& out) {
  for (const auto& info : infos) {
    const auto name = prefix + info.what.name;
    std::string fallback = info.what.required            ? "required"
                           : !info.what.fallback.empty() ? cell(info.what.fallback)
                           : info.nested.empty()         ? code(info.fallback)
                                                         : "";
    if (info.what.secret) fallback += fallback.empty() ? "secret" : ", secret";
    out += "| `" + name + "` | " + cell(info.type) + " | " + fallback + " | " + cell(info.bounds) + " | " +
           cell(info.what.sentence) + " | " + code(info.what.example) + " |\n";
    rows(info.nested, name + ".", out);
  }
}

} // namespace

std::string to_markdown(const std::vector<reference_section>& sections) {
  std::string out;
  for (const auto& section : sections) {
    out +=
        "### " + section.title + "\n\n" + section.sentence + "\n\n```yaml\n" + section.example + "\n```\n\n";
    if (section.infos.empty()) continue;
    out += "| option | type | default | bounds | meaning | example |\n|---|---|---|---|---|---|\n";
    rows(section.infos, "", out);
    out += "\n";
  }
  return out;
}

} // namespace sluice::config
