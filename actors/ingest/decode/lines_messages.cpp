// A message is lines, each a message of another format. A line that is none is a dead letter alone; empty
// lines are nothing.
#include <utility>

#include "actors/ingest/decode/formats.hpp"

namespace sluice {

namespace {

class lines_message final : public decoder {
public:
  explicit lines_message(std::unique_ptr<decoder> line) : line_(std::move(line)) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    rows.single = false;
    auto one = message;
    auto rest = message.payload;
    for (std::size_t number = 1; !rest.empty(); ++number) {
      const auto end = std::min(rest.find('\n'), rest.size());
      one.payload = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!one.payload.empty() && one.payload.back() == '\r') one.payload.remove_suffix(1);
      if (one.payload.find_first_not_of(" \t") == std::string_view::npos) continue;
      const auto before = rows.here();
      const auto unknown = rows.unknown_fields, bad = rows.bad_fields;
      const auto how = line_->decode(one, rows, why);
      if (how == result::grew) return how;
      rows.single = false;
      if (how == result::events) continue;
      if (why.why == reason::message_events || why.where == "topic") return how; // the same for every line
      rows.take_back(before);
      rows.unknown_fields = unknown, rows.bad_fields = bad;
      why.where = "line " + std::to_string(number) + (why.where.empty() ? "" : ", ") + why.where;
      rows.drop(std::move(why), one.payload);
    }
    return result::events;
  }
  void know(std::string_view name, std::uint32_t slot) override { line_->know(name, slot); }
  void take_writes(const std::string& prefix, std::vector<state_write>& out) override {
    line_->take_writes(prefix, out);
  }
  void load(std::string_view key, std::string_view value) override { line_->load(key, value); }

private:
  std::unique_ptr<decoder> line_;
};

} // namespace

std::unique_ptr<decoder> make_lines_messages(std::unique_ptr<decoder> line) {
  return std::make_unique<lines_message>(std::move(line));
}

} // namespace sluice
