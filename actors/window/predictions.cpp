#include "actors/window/predictions.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "actors/window/device_table.hpp"
#include "actors/window/json_text.hpp"
#include "messages/batch.hpp"
#include "messages/record_members.hpp"

namespace sluice {

namespace {

constexpr std::size_t longest_reason = 200; // bytes in the journal

std::string quoted_name(std::string_view name) {
  text_buffer out;
  append_text(out, name);
  return std::string(out.view());
}

// The beginning of a text, whole characters of UTF-8.
std::string shortened(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0u) == 0x80u) --most;
  return text.substr(0, most);
}

// Models speak in floats: the shortest text that reads back as the same one.
void append_float(text_buffer& out, float v) {
  if (v == 0) v = 0; // not -0
  constexpr std::size_t longest = 32;
  auto* const to = out.room(longest);
  out.wrote(std::to_chars(to, to + longest, v).ptr);
}

// Appends to the values, which are the last member of every record. Members begin with a comma, and the two
// braces end them.
void append(std::string& json, std::string_view members) {
  const auto end = json.size() - 2;
  if (json[end - 1] == '{') members.remove_prefix(1);
  json.replace(end, 2, members);
}

} // namespace

predictions::predictions(const pipeline_plan& plan, std::uint32_t shard, std::uint32_t shards,
                         std::shared_ptr<scoring> by)
    : options_(*plan.predict), pipeline_(plan.name), index_(plan.index), replaces_(!plan.window),
      shard_(shard), shards_(shards), by_(std::move(by)), own_(prediction_fields(options_, {})) {}

void predictions::expect(std::vector<prediction_note> known) {
  known_ = std::move(known);
  std::stable_sort(known_.begin(), known_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::optional<std::uint64_t> predictions::in_force() const noexcept {
  if (!model_) return {};
  return model_->id;
}

outcome<void> predictions::put_in_force(std::uint64_t model) {
  if (model_ && model_->id == model) return {};
  auto facts = by_->facts(model);
  if (!facts) return tl::unexpected(facts.error());
  model_ = std::move(*facts);
  own_ = prediction_fields(options_, model_->classes);
  heads_.clear(), class_heads_.clear(), feature_heads_.clear();
  for (const auto& name : model_->features) feature_heads_.push_back(quoted_name(name) + ":");
  const auto into = "," + quoted_name(options_.into) + ":";
  const auto probability = "," + quoted_name(probability_field(options_.into)) + ":";
  if (!model_->classifies) heads_.push_back(into);
  for (const auto& name : model_->classes) {
    heads_.push_back(into + quoted_name(name) + probability);
    if (options_.probabilities)
      class_heads_.push_back("," + quoted_name(class_field(options_.into, name)) + ":");
  }
  return {};
}

bool predictions::noted(const result_record& r) const noexcept {
  if (known_.empty()) return false;
  const auto slot = key_slot(device_hash(r.order.device));
  for (const auto& n : known_) {
    if (n.first > r.order.sequence) return false;
    if (n.covers(slot, r.order.sequence)) return true;
  }
  return false;
}

void predictions::predict(std::span<result_record> results) {
  picks_.clear();
  const auto fresh = notes_.empty() ? 0 : notes_.size() - 1; // the last one may grow
  auto lowest = ~std::uint64_t(0);
  for (auto& r : results) {
    if (r.order.pipeline != index_ || r.routed) continue;
    lowest = std::min(lowest, r.order.sequence);
    // Without a model the journal has told of none: that needs no note.
    if (!model_ || noted(r))
      flag(r, fate::unavailable);
    else
      picks_.push_back({&r});
  }
  std::span<pick> before;
  for (std::size_t i = 0, n = 0; i < picks_.size(); i += batch, ++n) {
    const auto now = std::span(picks_).subspan(i, std::min(batch, picks_.size() - i));
    fill(jobs_[n % 2], now);
    by_->offer(jobs_[n % 2]);
    if (!before.empty()) take_answer(jobs_[(n + 1) % 2], before);
    before = now;
  }
  if (!before.empty()) take_answer(jobs_[(picks_.size() - 1) / batch % 2], before);
  // A note speaks of journal records, so all that one of them caused shares its fate.
  const std::span notes(notes_.begin() + static_cast<std::ptrdiff_t>(fresh), notes_.end());
  for (const auto& p : picks_) {
    const auto sequence = p.result->order.sequence;
    const bool noted = std::any_of(notes.begin(), notes.end(),
                                   [&](const auto& n) { return n.first <= sequence && sequence <= n.last; });
    if (p.what == fate::predicted && !noted) {
      ++counters_.predicted;
    } else {
      if (p.what == fate::predicted) unwrite(p);
      flag(*p.result, noted ? fate::unavailable : p.what);
    }
  }
  // What lies before this piece of work comes no more.
  if (lowest != ~std::uint64_t(0)) std::erase_if(known_, [&](const auto& n) { return n.last < lowest; });
}

void predictions::fill(job& with, std::span<const pick> picks) {
  if (!with) with = std::make_shared<score_job>();
  with->model = model_->id;
  const auto width = model_->features.size();
  with->rows.assign(picks.size() * width, {}), with->texts.clear(), texts_.clear();
  for (std::size_t i = 0; i < picks.size(); ++i) read(picks[i].result->json, i * width, *with);
  for (const auto& t : texts_)
    with->rows[t.row] = feature_value::of(std::string_view(with->texts).substr(t.offset, t.length));
}

// Puts the features into the row that begins at `first`.
void predictions::read(std::string_view json, std::size_t first, score_job& into) {
  const auto count = model_->features.size();
  record_reader in(values_of(json));
  if (!in.skip('{') || in.at('}')) return;
  auto left = count;
  std::size_t expected = 0; // records of a window have their values in one order
  do {
    auto at = expected;
    if (at == count || !in.skip(feature_heads_[at])) {
      at = place_of(in.quoted());
      if (!in.skip(':')) return;
    }
    if (at == count) {
      in.value();
      continue;
    }
    expected = at + 1, --left;
    auto& v = into.rows[first + at];
    if (double number = 0; in.number(number)) {
      v = feature_value::of(number);
      continue;
    }
    const auto value = in.value();
    if (value.starts_with('"')) {
      const auto offset = into.texts.size();
      unescape(inside(value), into.texts);
      texts_.push_back({first + at, offset, into.texts.size() - offset});
    } else if (value == "true" || value == "false") {
      v = feature_value::of(value == "true" ? 1.0 : 0.0);
    }
  } while (left > 0 && in.skip(','));
}

// The place of a feature by its name as it stands in a record; the number of features when there is none.
std::size_t predictions::place_of(std::string_view name) {
  if (name.find('\\') != name.npos) {
    plain_.clear();
    unescape(name, plain_);
    name = plain_;
  }
  const auto& all = model_->features;
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
}

void predictions::take_answer(job& by, std::span<pick> picks) {
  if (const auto done = by_->score(by); !done) {
    by.reset(); // somebody may still work on it
    for (const auto& p : picks) note(p, done.error().text);
    return;
  }
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const auto state = by->out.states[i];
    if (state == scores::state::not_finite) {
      note(picks[i], "the model gives no finite number");
      continue;
    }
    unbroken_ = false;
    if (state == scores::state::scored)
      write(picks[i], *by, i);
    else
      picks[i].what = fate::incomplete;
  }
}

// One note for all that have no answer, one after the other, for the same reason.
void predictions::note(const pick& p, const std::string& reason) {
  const auto sequence = p.result->order.sequence;
  const auto text = shortened(reason, longest_reason);
  if (unbroken_ && !notes_.empty() && notes_.back().reason == text) {
    notes_.back().first = std::min(notes_.back().first, sequence);
    notes_.back().last = std::max(notes_.back().last, sequence);
  } else {
    notes_.push_back({pipeline_, sequence, sequence, shard_, shards_, text});
  }
  unbroken_ = true;
}

void predictions::write(pick& p, const score_job& by, std::size_t row) {
  const auto outputs = by.out.of_row(row);
  const auto which = model_->classifies ? by.out.classes[row] : 0;
  auto& json = p.result->json;
  if (replaces_) cut_own_fields(json);
  p.what = fate::predicted;
  p.size = json.size();
  members_.clear();
  members_ += heads_[which];
  append_float(members_, outputs[which]);
  for (std::size_t k = 0; k < class_heads_.size(); ++k) {
    members_ += class_heads_[k];
    append_float(members_, outputs[k]);
  }
  members_ += "}}";
  append(json, members_.view());
}

// As it was before write().
void predictions::unwrite(const pick& p) {
  p.result->json.resize(p.size - 2);
  p.result->json += "}}";
}

void predictions::flag(result_record& r, fate what) {
  ++(what == fate::incomplete ? counters_.incomplete : counters_.unavailable);
  if (replaces_) cut_own_fields(r.json);
  append(r.json,
         what == fate::incomplete ? R"(,"prediction":"incomplete"}})" : R"(,"prediction":"unavailable"}})");
}

// An event may bring a field of a name that the step writes.
void predictions::cut_own_fields(std::string& json) const {
  const auto values = values_of(json);
  std::string left;
  bool any = false;
  each_member(values, [&](std::string_view name, std::string_view value) {
    std::string plain;
    unescape(name, plain);
    if (std::find(own_.begin(), own_.end(), plain) != own_.end()) {
      any = true;
      return;
    }
    if (!left.empty()) left += ',';
    left.append("\"").append(name).append("\":").append(value);
  });
  if (any) json.replace(json.size() - values.size(), values.size(), "{" + left + "}}");
}

} // namespace sluice
