// Looking at the disk: which path names which file.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "actors/ingest/file/file_source.hpp"

namespace sluice {

namespace {

// The first bytes of an open file, at most `most`.
outcome<std::string> head_of(const file& f, std::size_t most) {
  std::string head(most, '\0');
  const auto got = f.read_at(head.data(), most, 0);
  if (!got) return tl::unexpected(got.error());
  head.resize(*got);
  return head;
}

void set_head(tracked_file& t, std::string_view head) {
  t.identity.head_bytes = static_cast<std::uint32_t>(head.size());
  t.identity.head_hash = hash_head(head);
  t.identity_text = t.identity.text();
}

// True iff `head` begins as the file of `identity` does.
bool begins_like(std::string_view head, const file_identity& identity) {
  return head.size() >= identity.head_bytes &&
         hash_head(head.substr(0, identity.head_bytes)) == identity.head_hash;
}

} // namespace

void file_source::look() {
  window_.leave();
  problems_.clear();
  const auto listed = list_files(options_.paths, problems_);
  looked_ = true;
  present_ = listed.size();

  // Which paths name the file they named before, and which do not.
  std::set<const tracked*> staying;
  std::vector<const file_facts*> others;
  for (const auto& facts : listed) {
    auto& t = files_[facts.path];
    if (!t) {
      t = std::make_unique<tracked>();
      t->path = facts.path;
    }
    t->failed = false;
    if (t->seen && holds(*t, facts))
      staying.insert(t.get());
    else
      others.push_back(&facts);
  }
  std::multimap<std::uint64_t, std::unique_ptr<tracked>> gone; // by inode
  for (auto& [path, t] : files_) {
    t->present = staying.contains(t.get());
    if (t->present || !t->seen || (others.empty() && !t->is_open)) continue;
    auto old = std::make_unique<tracked>(std::move(*t));
    *t = tracked();
    // The path keeps what it named: a file that comes back to it is the same.
    t->path = old->path;
    t->identity = old->identity;
    t->identity_text = old->identity_text;
    t->seen = true;
    t->next = old->next, t->last_taken = old->last_taken, t->taken = old->taken;
    t->skip_record = old->skip_record, t->skip_line = old->skip_line, t->header_due = old->header_due;
    t->done = old->done;
    gone.emplace(old->identity.inode, std::move(old));
  }

  // A file that was renamed is read on, whatever its path was.
  std::vector<tracked*> renamed;
  std::erase_if(others, [&](const file_facts* facts) {
    auto& t = *files_[facts->path];
    auto best = gone.end();
    for (auto [i, end] = gone.equal_range(facts->inode); i != end; ++i)
      if (i->second->taken && (best == gone.end() || i->second->next > best->second->next)) best = i;
    const auto before = left_behind_.find(facts->inode);
    if (best != gone.end() && best->second->path != facts->path && take_over(t, *best->second))
      gone.erase(best);
    else if (before == left_behind_.end() || !take_over(t, *before->second))
      return false;
    renamed.push_back(&t);
    return true;
  });
  for (auto& [inode, old] : gone)
    if (old->is_open && !old->done)
      leaving_.push_back(std::move(old));
    else {
      close(*old);
      if (old->taken) left_behind_[inode] = std::move(old);
    }
  for (const auto* facts : others) begin(*files_[facts->path]);
  line_up(renamed);
}

void file_source::line_up(const std::vector<tracked*>& renamed) {
  const auto wanted = [this](const tracked& t) {
    return t.present && !t.done && !t.failed && (!options_.follow || t.size > t.next);
  };
  queue_.clear();
  for (auto* t : renamed)
    if (wanted(*t)) queue_.push_back(t); // what it has is older than what its old path has now
  for (const auto& [path, t] : files_)
    if (wanted(*t) && std::find(renamed.begin(), renamed.end(), t.get()) == renamed.end())
      queue_.push_back(t.get());
}

// True iff the path of `t` still names the file it named when `t` was last looked at.
bool file_source::holds(tracked& t, const file_facts& facts) {
  if (facts.inode != t.identity.inode) return false;
  if (facts.size < t.next + t.skip_record) {
    close(t); // truncated: what it had is gone
    return false;
  }
  if (facts.size == t.size && facts.modified_ns == t.modified_ns) return true;
  const bool was_open = t.is_open;
  if (!open(t)) return true; // it cannot be told
  const auto head = head_of(t.handle, file_identity::most_head);
  if (!head) {
    trouble(t, head.error().text);
    return true;
  }
  if (!begins_like(*head, t.identity)) {
    close(t); // its bytes are gone
    return false;
  }
  if (head->size() > t.identity.head_bytes) set_head(t, *head);
  t.size = facts.size;
  t.modified_ns = facts.modified_ns;
  if (!was_open && (open_ > most_open || !options_.follow)) close(t);
  return true;
}

// The path of `t` names another file from now on: it is read from the start.
void file_source::begin(tracked& t) {
  const auto generation = t.next_generation();
  tracked made;
  made.path = t.path;
  if (!open(made)) {
    t.failed = true;
    return;
  }
  struct stat facts {};
  const auto head = head_of(made.handle, file_identity::most_head);
  if (!head || ::fstat(made.handle.fd(), &facts) != 0) {
    trouble(t, head ? system_error(t.path, "stat").text : head.error().text);
    return close(made);
  }
  if (find_mark(*head).unsupported) {
    trouble(t, t.path + ": is UTF-16 or UTF-32 (want UTF-8 or Latin-1)");
    return close(made);
  }
  made.identity.inode = facts.st_ino;
  made.identity.generation = generation;
  set_head(made, *head);
  made.seen = made.present = true;
  made.size = static_cast<std::uint64_t>(facts.st_size);
  made.skip_left = options_.skip;
  made.header_due = options_.header.value_or(false);
  t = std::move(made);
  if (open_ > most_open || !options_.follow) close(t);
}

// The path of `t` names the file that `from` was until now.
bool file_source::take_over(tracked& t, tracked& from) {
  tracked made;
  made.path = t.path;
  if (!open(made)) return false;
  struct stat facts {};
  const auto head = head_of(made.handle, file_identity::most_head);
  if (!head || ::fstat(made.handle.fd(), &facts) != 0 || facts.st_ino != from.identity.inode ||
      static_cast<std::uint64_t>(facts.st_size) < from.next || !begins_like(*head, from.identity)) {
    close(made);
    return false;
  }
  made.identity.inode = from.identity.inode;
  made.identity.generation = t.next_generation();
  set_head(made, *head);
  made.seen = made.present = made.taken = true;
  made.size = static_cast<std::uint64_t>(facts.st_size);
  made.next = from.next, made.last_taken = from.last_taken;
  made.skip_record = from.skip_record, made.skip_line = from.skip_line;
  made.header_again = options_.header.value_or(false);
  close(from);
  t = std::move(made);
  return true;
}

bool file_source::open(tracked& t) {
  if (t.is_open) return true;
  auto opened = file::open(t.path, O_RDONLY | O_NONBLOCK);
  if (!opened) {
    trouble(t, t.path + ": cannot be opened: " + std::strerror(errno));
    return false;
  }
  struct stat facts {};
  if (t.seen && (::fstat(opened->fd(), &facts) != 0 || facts.st_ino != t.identity.inode)) {
    t.failed = true; // it was replaced a moment ago: the next look sees it
    looked_ = false;
    return false;
  }
  t.handle = std::move(*opened);
  t.is_open = true;
  ++open_;
  return true;
}

void file_source::close(tracked& t) noexcept {
  if (!t.is_open) return;
  t.handle = file();
  t.is_open = false;
  --open_;
}

} // namespace sluice
