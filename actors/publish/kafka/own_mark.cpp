#include "actors/publish/kafka/own_mark.hpp"

#include <charconv>

namespace sluice {

namespace {

constexpr std::string_view kind = "kafka "; // a sink of another kind may have had this name

} // namespace

std::string own_mark::text() const {
  return id.empty() ? "" : std::string(kind) + id + " " + std::to_string(asked);
}

own_mark own_mark::parse(std::string_view text) {
  if (!text.starts_with(kind)) return {};
  text.remove_prefix(kind.size());
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return {};
  own_mark mark{std::string(text.substr(0, space)), 0};
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + space + 1, end, mark.asked);
  return read.ec == std::errc() && read.ptr == end ? mark : own_mark{};
}

mark_verdict judge_mark(const own_mark& ours, std::uint64_t acked, const std::optional<kafka_mark>& found) {
  if (ours.id.empty()) return {};
  if (!found || found->note != ours.id) {
    if (ours.asked <= acked) return {};
    return {0, false,
            std::string(found ? "the cluster has the mark of another data directory"
                              : "the cluster has our mark no more (offsets.retention.minutes)") +
                ": results " + std::to_string(acked + 1) + " to " + std::to_string(ours.asked) +
                " may come twice"};
  }
  if (found->sequence > ours.asked)
    return {0, true,
            "rolled_back: the cluster has our results up to " + std::to_string(found->sequence) +
                ", and we know of " + std::to_string(ours.asked) +
                ": this data directory is an older copy; results from " + std::to_string(acked + 1) +
                " on are sent again"};
  return {found->sequence > acked ? found->sequence : 0, false, ""};
}

} // namespace sluice
