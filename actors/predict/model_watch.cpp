#include "actors/predict/model_watch.hpp"

#include <sys/stat.h>

namespace sluice {

std::optional<bundle_look> look_at_bundle(const std::string& path) {
  struct stat folder {
  }, file{};
  if (::stat(path.c_str(), &folder) != 0 || ::stat((path + "/bundle.json").c_str(), &file) != 0) return {};
  return bundle_look{folder.st_ino, file.st_ino, file.st_size,
                     file.st_mtim.tv_sec * 1'000'000'000 + file.st_mtim.tv_nsec};
}

bool model_watch::should_read(const std::optional<bundle_look>& now) {
  const bool rests = now && last_ == now;
  last_ = now;
  if (!now) {
    trouble_ = path_ + " holds no bundle of a model";
    read_.reset();
    return false;
  }
  if (!rests || read_ == now) return false;
  read_ = now;
  return true;
}

bool model_watch::is_news(const model_facts& read) {
  trouble_.clear();
  if (read.id == in_force_->id) return false;
  const auto differs = [&](const char* what) {
    trouble_ = path_ + ": the new model has other " + what + " than the one in force; a restart takes it";
    return false;
  };
  if (read.features != in_force_->features) return differs("features");
  if (read.classifies != in_force_->classifies || read.classes != in_force_->classes)
    return differs("classes");
  return true;
}

void model_watch::failed(std::string why) {
  trouble_ = std::move(why);
  read_.reset();
}

} // namespace sluice
