// Markdown tables.
#include "config/reference.hpp"

#include <cctype>

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

std::string to_markdown(const reference_section& section) {
  std::string out = "# " + section.title +
                    "\n\n<!-- made from the declarations: see config/README.md -->\n\n" + section.sentence +
                    "\n\n";
  if (!section.promise.empty()) out += "**Delivery.** " + section.promise + "\n\n";
  out += "```yaml\n" + section.example + "\n```\n";
  if (!section.text.empty()) out += "\n" + section.text;
  if (!section.infos.empty()) {
    out += "\n| option | type | default | bounds | meaning | example |\n|---|---|---|---|---|---|\n";
    rows(section.infos, "", out);
  }
  return out + "\nAll pages: [the configuration](../../config/README.md).\n";
}

std::string page_name(const reference_section& section) {
  std::string name;
  for (std::size_t i = 0; i < section.title.size(); ++i) {
    if (section.title.compare(i, 5, ".NAME") == 0) i += 5;
    if (i >= section.title.size()) break;
    const char c = section.title[i];
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    name += plain ? c : '-';
  }
  return name;
}

} // namespace sluice::config
