#include "actors/predict/stop_words.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace sluice {

namespace {

constexpr std::string_view english =
    "a about above after again against all am an and any are as at be because been before being below "
    "between both but by can cannot could did do does doing don down during each few for from further had "
    "has have having he her here hers herself him himself his how i if in into is it its itself just ll me "
    "more most my myself no nor not now of off on once only or other our ours ourselves out over own re s "
    "same shall she should so some such t than that the their theirs them themselves then there these they "
    "this those through to too under until up us ve very was we were what when where which while who whom "
    "whose why will with would you your yours yourself yourselves";

constexpr std::string_view portuguese =
    "a à ao aos aquela àquela aquelas àquelas aquele àquele aqueles àqueles aquilo àquilo as às até com como "
    "cada da das de dela delas dele deles depois dessa dessas desse desses desta destas deste destes disso "
    "disto do dos e é ela elas ele eles em entre era eram éramos essa essas esse esses esta está estamos "
    "estão estar estas estava estavam estávamos este esteja estejam estes esteve estive estivemos estiver "
    "estivera estiveram estiverem estivesse estivessem estou eu foi fomos for fora foram forem fosse fossem "
    "fui há haja hajam havemos haver hei houve houver houvera houveram houverem houvesse houvessem isso isto "
    "já lhe lhes mais mas me mesma mesmo meu meus minha minhas muito muitos na não nas nem nessa nessas "
    "nesse "
    "nesses nesta nestas neste nestes no nos nós nossa nossas nosso nossos num numa nuns numas o os ou para "
    "pela pelas pelo pelos per perante pois por porque quais qual quando que quem são se seja sejam sem "
    "sempre "
    "ser será serão serei seremos seria seriam seu seus si só sob sobre somos sou sua suas também te tem têm "
    "temos tenha tenham tenho ter terá terão terei teremos teria teriam teu teus teve tinha tinham tive "
    "tivemos tiver tivera tiveram tiverem tivesse tivessem tu tua tuas tudo um uma umas uns você vocês vos";

using words = std::unordered_set<std::string_view>;

words words_of(std::string_view text) {
  words all;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    all.insert(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

const std::map<std::string, words, std::less<>>& lists() {
  static const std::map<std::string, words, std::less<>> all{{"english", words_of(english)},
                                                             {"portuguese", words_of(portuguese)}};
  return all;
}

} // namespace

const std::vector<std::string>& stop_word_languages() {
  static const auto names = [] {
    std::vector<std::string> made;
    for (const auto& [name, list] : lists()) made.push_back(name);
    return made;
  }();
  return names;
}

bool is_stop_word(std::string_view language, std::string_view word) {
  const auto list = lists().find(language);
  return list != lists().end() && list->second.contains(word);
}

} // namespace sluice
