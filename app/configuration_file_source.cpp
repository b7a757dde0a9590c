#include "app/configuration_file_source.hpp"

namespace sluice {

using namespace config;

namespace {

const yaml_node* entry_of(const yaml_node& root, std::string_view section, const std::string& name) {
  const auto* all = root.value(section);
  return all == nullptr ? nullptr : all->value(name);
}

void check_loop(const source_options& source, const file_source_options& file, const configuration& c,
                const yaml_node& root, report& out) {
  std::vector<std::string_view> values;
  for (const auto& sink : c.sinks) {
    const auto* written = std::get_if<file_options>(&sink.kind);
    if (written == nullptr) continue;
    for (const auto& pattern : file.paths) {
      if (!pattern.match(written->path, values)) continue;
      const auto* at = entry_of(root, "sinks", sink.name);
      if (at != nullptr) at = at->value("file");
      if (at != nullptr) at = at->value("path");
      if (at != nullptr)
        out.error(at->at, "the sink writes a file that source " + source.name + " reads",
                  in_quotes(written->path), "a path that " + in_quotes(pattern.text()) + " does not match");
    }
  }
}

// A finite source is read as fast as it goes: what suits live traffic may be wrong for it.
void check_back_fill(const source_options& source, const configuration& c, const yaml_node& node,
                     const yaml_node& root, report& out) {
  const auto* decode = node.value("decode");
  if (decode != nullptr && decode->is_map() && decode->value("future") == nullptr)
    out.warning(decode->at, "decode.future is 5m, and source " + source.name +
                                " is finite: write future: off for a back-fill, or future: 5m to keep it");
  for (const auto& p : c.pipelines) {
    if (p.from != source.name || !p.window || !p.window->idle) continue;
    const auto* pipeline = entry_of(root, "pipelines", p.name);
    const auto* steps = pipeline == nullptr ? nullptr : pipeline->value("steps");
    if (steps == nullptr) continue;
    for (const auto& step : steps->items)
      if (const auto* window = step.value("window"); window != nullptr && window->value("idle") == nullptr)
        out.warning(window->at,
                    "window.idle is 2m, and source " + source.name +
                        " is finite: a device whose rows lie far apart in the files has its windows closed "
                        "in between; write idle: never for a back-fill, or idle: 2m to keep it");
  }
}

// The decoder must be able to read what the file source hands it.
void check_header(const source_options& source, const file_source_options& file, const yaml_node& node,
                  report& out) {
  const auto* map = node.value("file");
  const auto* header = map == nullptr ? nullptr : map->value("header");
  if (header == nullptr || header->unset || !file.header) return;
  const auto& decode = source.decode;
  const bool csv = decode.kind == decode_options::format::csv && !decode.lines;
  if (*file.header && !csv)
    out.error(header->at, "file.header is for decode.csv", show(*header),
              "no header, or skip: 1 to leave it out");
  else if (!*file.header && csv && decode.csv.columns.empty())
    out.error(header->at, "nothing names the columns", show(*header), "a header, or decode.csv.columns");
}

} // namespace

void check_file_source(const source_options& source, const configuration& c, const yaml_node& root,
                       report& out) {
  const auto* node = entry_of(root, "sources", source.name);
  const auto* file = source.file();
  if (node == nullptr || file == nullptr) return;
  check_loop(source, *file, c, root, out);
  check_header(source, *file, *node, out);
  if (!file->follow) check_back_fill(source, c, *node, root, out);
}

} // namespace sluice
