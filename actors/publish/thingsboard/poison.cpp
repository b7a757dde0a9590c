#include "actors/publish/thingsboard/poison.hpp"

#include <algorithm>
#include <sstream>

namespace sluice::thingsboard {

answer judge(int code) noexcept {
  if (code < 0x80) return answer::accepted;
  switch (code) {
  case 0x80:
  case 0x83:
    return answer::unclear;
  case 0x87:
  case 0x90:
    return answer::all_refused;
  case 0x97:
    return answer::throttled;
  default:
    return answer::record_refused;
  }
}

farewell judge(const error& lost) noexcept {
  auto says = [&](std::string_view code) { return lost.text.ends_with(code); };
  if (lost.code == ec::throttled || says("(0x83)") || says("(0x97)")) return farewell::rate_limit;
  return lost.code == ec::refused || says("(0x8e)") ? farewell::no_record : farewell::unknown;
}

bool poison::closed_alone(std::uint64_t sequence, bool right_after, bool others_acknowledged) {
  auto& one = table_[sequence];
  one.closing = one.alone = true;
  ++one.closes;
  if (right_after && others_acknowledged) ++one.proved;
  return one.proved >= verdicts::proved_closes || one.closes >= verdicts::closes;
}

bool poison::refused(std::uint64_t sequence, answer what, bool was_alone) {
  auto& one = table_[sequence];
  one.alone = true;
  one.closing = false; // it was answered: not the one that closes
  if (!was_alone) return false;
  return what == answer::record_refused || ++one.unclear >= verdicts::unclear_answers;
}

bool poison::timed_out(std::uint64_t sequence, evidence others, bool was_alone) {
  auto& one = table_[sequence];
  one.alone = true;
  one.closing = false; // the connection outlived it
  one.timeouts += others == evidence::later ? 2 : others == evidence::earlier ? 1 : 0;
  return was_alone && one.timeouts >= verdicts::timeout_points;
}

const poison::suspicion* poison::find(std::uint64_t sequence) const {
  auto found = table_.find(sequence);
  return found == table_.end() ? nullptr : &found->second;
}

std::size_t poison::suspects() const {
  return static_cast<std::size_t>(
      std::count_if(table_.begin(), table_.end(), [](auto& entry) { return entry.second.closing; }));
}

// sequence,flags,closes,proved,timeouts,unclear separated by ';'
std::string poison::encode() const {
  std::string text;
  for (auto& [sequence, one] : table_) {
    if (!text.empty()) text += ';';
    text += std::to_string(sequence) + ',' + std::to_string((one.alone ? 1 : 0) + (one.closing ? 2 : 0));
    for (auto number : {one.closes, one.proved, one.timeouts, one.unclear})
      text += ',' + std::to_string(number);
  }
  return text;
}

poison poison::decode(std::string_view text) {
  poison result;
  std::istringstream entries{std::string(text)};
  for (std::string entry; std::getline(entries, entry, ';');) {
    std::istringstream in(entry);
    std::uint64_t sequence = 0;
    unsigned flags = 0;
    suspicion one;
    char comma = 0;
    if (in >> sequence >> comma >> flags >> comma >> one.closes >> comma >> one.proved >> comma >>
        one.timeouts >> comma >> one.unclear) {
      one.alone = flags & 1, one.closing = flags & 2;
      result.table_[sequence] = one;
    }
  }
  return result;
}

} // namespace sluice::thingsboard
