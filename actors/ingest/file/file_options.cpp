// The declaration of `file:` of a source.
#include "actors/ingest/file/file_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;
using format = file_source_options::record_format;

// yes_or_no, with nothing said as a third value.
option_kind<std::optional<bool>> said_or_not() {
  option_kind<std::optional<bool>> kind;
  kind.type = yes_or_no().type;
  kind.read = [](const yaml_node& node, std::optional<bool>& into, const std::string& where,
                 const about& option, reader& in) {
    bool value = false;
    const auto before = in.out.errors();
    yes_or_no().read(node, value, where, option, in);
    if (in.out.errors() == before) into = value;
  };
  kind.print = [](const std::optional<bool>& value, const secret_values& secrets) {
    return value ? yes_or_no().print(*value, secrets) : yaml_node();
  };
  return kind;
}

void check_paths(const yaml_node& map, const file_source_options& file, reader& in) {
  const auto* node = map.value("path");
  if (node == nullptr) return;
  for (std::size_t i = 0; i < file.paths.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (file.paths[i].text() == file.paths[j].text()) {
        const auto& at =
            node->is_sequence() && node->items.size() == file.paths.size() ? node->items[i] : *node;
        in.out.error(at.at, "file.path names the same twice", in_quotes(file.paths[i].text()), "each once");
      }
}

} // namespace

void file_source_options::settle(const decode_options& decode) {
  const bool csv = decode.kind == decode_options::format::csv && !decode.lines;
  if (!format) format = csv ? record_format::csv : record_format::lines;
  if (!header) header = csv && decode.csv.columns.empty();
  if (csv) separator = decode.csv.separator;
}

const options<file_source_options>& file_source_table() {
  static const auto table = [] {
    auto made = options<file_source_options>("file");
    made.add({"path",
              "A file, a folder (its files), or a pattern: * for any characters, ? for one, ** as a level "
              "for any "
              "folders, {name} for one or more characters that become a field, {device} for the device. "
              "Relative to "
              "the working directory. Files are read in the order of their paths.",
              "\"data/{device}.csv\"", required},
             &file_source_options::paths,
             one_or_list(parsed_text<path_pattern>(
                 "path", "e.g. \"data/{device}.csv\"",
                 [](const std::string& t) { return path_pattern::parse(t); },
                 [](const path_pattern& p) { return p.text(); })))
        .add({"follow",
              "true: waits for new lines and new files, and a last line without a line break for its rest. "
              "false: the "
              "source ends when every file has been read, and the service with its last source.",
              "true"},
             &file_source_options::follow, yes_or_no())
        .add({"poll", "How often it looks for new lines and files, and at what could not be read.", "1s"},
             &file_source_options::poll, duration(10ms, 1h))
        .add({"format",
              "What a record is: a line, or a CSV record, whose quoted fields may hold line breaks. Each is "
              "one "
              "message; blank lines are left out.",
              "csv", false, false, "csv for decode.csv, else lines"},
             &file_source_options::format,
             choice<std::optional<format>>({{"lines", format::lines}, {"csv", format::csv}}))
        .add({"header", "Whether the first record of each file names the columns.", "false", false, false,
              "true for decode.csv without columns, else false"},
             &file_source_options::header, said_or_not())
        .add({"encoding",
              "Of the files. All is UTF-8 in the journal; a byte order mark is left out; auto takes each "
              "record that "
              "is not valid UTF-8 as Latin-1.",
              "latin-1"},
             &file_source_options::encoding,
             choice<text_encoding>({{"utf-8", text_encoding::utf8},
                                    {"latin-1", text_encoding::latin1},
                                    {"auto", text_encoding::automatic}}))
        .add({"skip", "Records left out at the start of each file, before the header.", "1"},
             &file_source_options::skip, whole_number<unsigned>(0, 1'000'000))
        .add({"comment", "A record that begins with this is left out.", "\"#\""},
             &file_source_options::comment, text())
        .add({"max_message", "Longest record; a longer one is dead letter `message.too_large`.", "256KiB"},
             &file_source_options::max_message, size<std::size_t>(1, 256u << 20));
    made.check(check_paths);
    return made;
  }();
  return table;
}

} // namespace sluice
