// The C API of XGBoost 1.7. A call that fails returns -1 and leaves its words with the thread.
#include "actors/predict/booster.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <mutex>

#include <nlohmann/json.hpp>
#include <xgboost/c_api.h>

#include "actors/predict/ubjson.hpp"

namespace sluice {

namespace {

// The library's words without its time, file and stack.
tl::unexpected<error> failed(ec code, const std::string& what) {
  std::string text = XGBGetLastError();
  if (const auto stack = text.find("\nStack trace"); stack != std::string::npos) text.erase(stack);
  if (const auto place = text.find(".cc:"); place != std::string::npos)
    if (const auto colon = text.find(": ", place); colon != std::string::npos) text.erase(0, colon + 2);
  for (auto& c : text)
    if (c == '\n') c = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return fail(code, what + ": " + text);
}

// What the library has to say besides errors is nobody's: it would go to stdout.
void be_quiet() {
  static std::once_flag once;
  std::call_once(once, [] { XGBRegisterLogCallback([](const char*) {}); });
}

struct data {
  DMatrixHandle handle = nullptr;
  data() = default;
  data(const data&) = delete;
  data& operator=(const data&) = delete;
  ~data() {
    if (handle != nullptr) XGDMatrixFree(handle);
  }
  bool fill(const float* rows, std::size_t count, std::size_t columns) {
    return XGDMatrixCreateFromMat(rows, count, columns, std::numeric_limits<float>::quiet_NaN(), &handle) ==
           0;
  }
  bool fill(const labelled& from) {
    return fill(from.rows.values.data(), from.rows.rows(), from.rows.columns) &&
           XGDMatrixSetFloatInfo(handle, "label", from.labels.data(), from.labels.size()) == 0;
  }
};

// What rows are predicted through in place; it keeps nothing of them that another call would see. One for
// each thread, since making one takes the library longer than predicting a row: it reads from files how much
// CPU the process may have. Null when it cannot be made.
DMatrixHandle proxy() {
  thread_local data made;
  if (made.handle == nullptr && XGProxyDMatrixCreate(&made.handle) != 0) made.handle = nullptr;
  return made.handle;
}

struct model {
  BoosterHandle handle = nullptr;
  model() = default;
  model(const model&) = delete;
  model& operator=(const model&) = delete;
  ~model() {
    if (handle != nullptr) XGBoosterFree(handle);
  }
};

} // namespace

struct booster::impl {
  model library;
  std::size_t features = 0, outputs = 1;
  std::string objective;
  bool trees = true;
  std::mutex linear; // prediction of linear models goes through a cache of the booster

  // Reads what the model is from the library's own description.
  outcome<void> settle() {
    // What a model learned with does not say how many threads it may take here.
    if (XGBoosterSetParam(library.handle, "nthread", "1") != 0) return failed(ec::corrupt, "not a model");
    bst_ulong length = 0;
    const char* text = nullptr;
    if (XGBoosterSaveJsonConfig(library.handle, &length, &text) != 0)
      return failed(ec::corrupt, "the model does not describe itself");
    const auto facts = nlohmann::json::parse(text, text + length, nullptr, false);
    if (!facts.is_object()) return fail(ec::corrupt, "the model does not describe itself");
    const auto learner = facts.value("/learner"_json_pointer, nlohmann::json::object());
    objective = learner.value("/objective/name"_json_pointer, "");
    const auto kind = learner.value("/gradient_booster/name"_json_pointer, "");
    trees = kind == "gbtree";
    bst_ulong columns = 0;
    if (XGBoosterGetNumFeature(library.handle, &columns) != 0)
      return failed(ec::corrupt, "the model does not say how many features it has");
    features = columns;
    const auto classes = learner.value("/learner_model_param/num_class"_json_pointer, std::string("0"));
    outputs = objective == "multi:softprob" ? std::strtoul(classes.c_str(), nullptr, 10) : 1;
    if (objective.empty() || features == 0 || outputs == 0)
      return fail(ec::corrupt, "the model has no objective or no features (got objective \"" + objective +
                                   "\", " + std::to_string(features) + " features)");
    return {};
  }

  // The loss that the library reports for `valid`; NaN when it reports none. Its text is "[0]\tname:0.25".
  outcome<double> loss(unsigned round, data& valid) {
    const char* names[] = {"validation"};
    DMatrixHandle handles[] = {valid.handle};
    const char* text = nullptr;
    if (XGBoosterEvalOneIter(library.handle, static_cast<int>(round), handles, names, 1, &text) != 0)
      return failed(ec::invalid, "the validation rows cannot be judged");
    const std::string_view all = text;
    return std::strtod(text + all.rfind(':') + 1, nullptr);
  }

  outcome<unsigned> run(const boosting& how, unsigned rounds, data& rows, data* valid, const watch& tell) {
    // Every matrix whose loss is asked for is known from the start, else it is not cached.
    std::vector<DMatrixHandle> known{rows.handle};
    if (valid != nullptr) known.push_back(valid->handle);
    if (XGBoosterCreate(known.data(), known.size(), &library.handle) != 0)
      return failed(ec::invalid, "the model cannot be made");
    for (const auto& [name, value] : how.parameters)
      if (XGBoosterSetParam(library.handle, name.c_str(), value.c_str()) != 0)
        return failed(ec::invalid, "the model cannot have " + name + " = " + value);
    unsigned best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (unsigned i = 0; i < rounds; ++i) {
      if (XGBoosterUpdateOneIter(library.handle, static_cast<int>(i), rows.handle) != 0)
        return failed(ec::invalid, "the model cannot be trained");
      if (tell) tell(i + 1);
      if (valid == nullptr) continue;
      const auto now = loss(i, *valid);
      if (!now) return tl::unexpected(now.error());
      if (*now < least) least = *now, best = i + 1;
      if (i + 1 >= std::max(best, 1u) + how.stop_after) break;
    }
    return valid == nullptr ? rounds : std::max(best, 1u);
  }
};

booster::booster(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
booster::booster(booster&&) noexcept = default;
booster& booster::operator=(booster&&) noexcept = default;
booster::~booster() = default;

outcome<booster::trained> booster::train(const labelled& rows, const labelled& validation,
                                         const boosting& how, const watch& tell) {
  be_quiet();
  data all;
  if (!all.fill(rows)) return failed(ec::invalid, "the training rows cannot be taken");
  auto rounds = how.rounds;
  if (how.stop_after != 0) {
    data valid;
    if (!valid.fill(validation)) return failed(ec::invalid, "the validation rows cannot be taken");
    impl trial;
    const auto best = trial.run(how, rounds, all, &valid, tell);
    if (!best) return tl::unexpected(best.error());
    rounds = *best;
  }
  auto made = std::make_unique<impl>();
  if (auto done = made->run(how, rounds, all, nullptr, how.stop_after == 0 ? tell : watch()); !done)
    return tl::unexpected(done.error());
  if (auto known = made->settle(); !known) return tl::unexpected(known.error());
  return trained{booster(std::move(made)), rounds};
}

outcome<booster> booster::load(std::string_view bytes) {
  be_quiet();
  if (bytes.size() < 2 || bytes[0] != '{')
    return fail(ec::corrupt, "not a model of XGBoost (got " + std::to_string(bytes.size()) +
                                 " bytes that do not begin with {, want JSON or UBJSON)");
  if (!is_json_model(bytes) && !is_ubjson(bytes))
    return fail(ec::corrupt, "not a model of XGBoost (got " + std::to_string(bytes.size()) +
                                 " bytes that are no whole UBJSON, want JSON or UBJSON)");
  auto made = std::make_unique<impl>();
  if (XGBoosterCreate(nullptr, 0, &made->library.handle) != 0 ||
      XGBoosterLoadModelFromBuffer(made->library.handle, bytes.data(), bytes.size()) != 0)
    return failed(ec::corrupt, "not a model of XGBoost");
  if (auto known = made->settle(); !known) return tl::unexpected(known.error());
  return booster(std::move(made));
}

outcome<std::string> booster::save() const {
  bst_ulong length = 0;
  const char* bytes = nullptr;
  if (XGBoosterSaveModelToBuffer(impl_->library.handle, R"({"format":"json"})", &length, &bytes) != 0)
    return failed(ec::bug, "the model cannot be saved");
  return std::string(bytes, length);
}

outcome<void> booster::predict(const float* rows, std::size_t count, std::vector<float>& into) const {
  into.clear();
  if (count == 0) return {};
  static constexpr const char* plain =
      R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,)"
      R"("cache_id":0,"missing":NaN})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* out = nullptr; // belongs to this thread and the library, until the next call
  data made;
  std::unique_lock<std::mutex> turn;
  int rc = -1;
  if (impl_->trees) {
    char array[128];
    std::snprintf(array, sizeof array, R"({"data":[%zu,true],"shape":[%zu,%zu],"typestr":"<f4","version":3})",
                  reinterpret_cast<std::size_t>(rows), count, impl_->features);
    if (const auto through = proxy(); through != nullptr)
      rc = XGBoosterPredictFromDense(impl_->library.handle, array, plain, through, &shape, &dimensions, &out);
  } else if (made.fill(rows, count, impl_->features)) {
    turn = std::unique_lock(impl_->linear);
    rc = XGBoosterPredictFromDMatrix(impl_->library.handle, made.handle, plain, &shape, &dimensions, &out);
  }
  if (rc != 0) return failed(ec::bug, "the rows cannot be scored");
  std::size_t numbers = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) numbers *= shape[i];
  if (numbers != count * impl_->outputs)
    return fail(ec::bug, "the model gives another number of outputs (got " + std::to_string(numbers) +
                             ", want " + std::to_string(count * impl_->outputs) + ")");
  into.assign(out, out + numbers);
  return {};
}

std::size_t booster::features() const noexcept {
  return impl_->features;
}
std::size_t booster::outputs() const noexcept {
  return impl_->outputs;
}
const std::string& booster::objective() const noexcept {
  return impl_->objective;
}

} // namespace sluice
