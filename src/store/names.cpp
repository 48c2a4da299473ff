// Entities, their names and aliases, and relations.
#include "base/name.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {

std::string same_entities(const std::string& parameter) {
  return "(SELECT " + parameter + " UNION ALL SELECT id FROM entities WHERE same_as = " + parameter + ")";
}

std::optional<std::int64_t> Store::Impl::find_entity(const Name& name) {
  return database.integer(
      "SELECT coalesce(e.same_as, e.id) FROM entity_names n JOIN entities e ON e.id = n.entity WHERE n.ns = ?1 AND n.key = ?2", name_space,
      name.key);
}

std::vector<std::string> Store::Impl::entity_names(const Name& name) {
  std::vector<std::string> names;
  const auto root = find_entity(name);
  if (!root) return names;
  auto rows = database.query("SELECT name FROM entity_names WHERE entity IN " + same_entities("?1") + " ORDER BY id", *root);
  while (rows.step()) names.push_back(rows.text(0));
  return names;
}

std::optional<std::int64_t> Store::Impl::find_relation(const Name& name) {
  return database.integer("SELECT id FROM relations WHERE ns = ?1 AND key = ?2", name_space, name.key);
}

std::int64_t Store::Impl::root_of(std::int64_t entity) {
  return database.integer("SELECT coalesce(same_as, id) FROM entities WHERE id = ?1", entity).value_or(entity);
}

std::vector<std::int64_t> Store::Impl::class_of(std::int64_t root) {
  std::vector<std::int64_t> members;
  auto rows = database.query("SELECT id FROM entities WHERE id IN " + same_entities("?1") + " ORDER BY id", root);
  while (rows.step()) members.push_back(rows.integer(0));
  return members;
}

std::int64_t Store::Impl::intern_entity(const Name& name) {
  if (const auto entity = find_entity(name)) return *entity;
  database.run("INSERT INTO entities(ns, name) VALUES(?1, ?2)", name_space, name.text);
  const std::int64_t entity = database.last_insert_id();
  insert_name(entity, name);
  return entity;
}

std::int64_t Store::Impl::intern_relation(const Name& name) {
  if (const auto relation = find_relation(name)) return *relation;
  database.run("INSERT INTO relations(ns, key, name) VALUES(?1, ?2, ?3)", name_space, name.key, name.text);
  return database.last_insert_id();
}

std::int64_t Store::Impl::insert_name(std::int64_t entity, const Name& name, std::optional<std::int64_t> wanted_id) {
  database.run("INSERT INTO entity_names(id, ns, entity, key, name) VALUES(?1, ?2, ?3, ?4, ?5)", wanted_id, name_space, entity, name.key,
               name.text);
  const std::int64_t id = database.last_insert_id();
  if (has_words) database.run("INSERT INTO name_words(rowid, key) VALUES(?1, ?2)", id, name.key);
  return id;
}

void Store::Impl::delete_name(std::int64_t name_id) {
  vectors.remove(NameKind::kEntityName, name_id);
  if (has_words) {
    // FTS5 with external content needs the old text to take it out.
    const std::string key = database.text("SELECT key FROM entity_names WHERE id = ?1", name_id).value_or("");
    database.run("INSERT INTO name_words(name_words, rowid, key) VALUES('delete', ?1, ?2)", name_id, key);
  }
  database.run("DELETE FROM entity_names WHERE id = ?1", name_id);
}

void Store::Impl::add_alias(const std::string& entity, const std::string& alias) {
  const Name entity_name = checked_name("entity", entity);
  const Name alias_name = checked_name("alias", alias);
  const auto root = find_entity(entity_name);
  if (!root) throw Error(ErrorKind::kNotFound, "no entity is called \"" + entity_name.text + "\"; search for its name first");
  const auto other = find_entity(alias_name);
  if (other == root) return;
  EventDraft draft{.kind = EventKind::kAlias, .at = tick(), .fact = {}, .detail = {}, .author = "user", .payload = {}, .refs = {}};
  draft.refs.push_back({"entity", *root});
  if (!other) {
    draft.payload["name"] = insert_name(*root, alias_name);
    draft.detail = "\"" + alias_name.text + "\" is another name of \"" + entity_name.text + "\"";
  } else {
    // Both are known: their facts stay as they are, but from now on the names mean one entity.
    draft.payload["root"] = *root;
    draft.payload["links"] = Json::array();
    for (const std::int64_t member : class_of(*other)) {
      const auto before = database.integer("SELECT same_as FROM entities WHERE id = ?1", member);
      draft.payload["links"].push_back(Json::array({member, before ? Json(*before) : Json(nullptr)}));
      draft.refs.push_back({"entity", member});
      database.run("UPDATE entities SET same_as = ?2 WHERE id = ?1", member, *root);
    }
    draft.detail = "\"" + alias_name.text + "\" is the same as \"" + entity_name.text + "\"";
  }
  record(draft);
}

Event Store::Impl::separate(const std::string& name, const std::string& author) {
  const Name wanted = checked_name("name", name);
  // The newest change that gave an entity this name or joined the one that bears it to another.
  const auto joined = database.integer(
      "SELECT max(e.id) FROM events e JOIN entity_names n ON n.ns = ?1 AND n.key = ?2 WHERE e.ns = ?1 AND e.kind = 'alias' AND "
      "e.undone_by IS NULL AND (json_extract(e.payload, '$.name') = n.id OR EXISTS(SELECT 1 FROM json_each(e.payload, '$.links') l WHERE "
      "json_extract(l.value, '$[0]') = n.entity))",
      name_space, wanted.key);
  if (!joined) throw Error(ErrorKind::kNotFound, "\"" + wanted.text + "\" was not joined to another name");
  return undo_one(*joined, author);
}

void Store::Impl::set_relation(const std::string& relation, RelationPolicy policy, const std::string& embedding_template) {
  const Name name = checked_name("relation", relation);
  if (!embedding_template.empty()) {
    (void)checked_name("embedding template", embedding_template);
    if (embedding_template.find("{}") == std::string::npos) {
      throw Error(ErrorKind::kInvalidArgument, "the embedding template needs {} where the relation's name belongs");
    }
  }
  const std::int64_t id = intern_relation(name);
  const bool functional = policy == RelationPolicy::kFunctional;
  auto row = database.query("SELECT functional, template FROM relations WHERE id = ?1", id);
  row.step();
  const bool was_functional = row.integer(0) != 0;
  const std::string old_template = row.text(1);
  if (was_functional == functional && old_template == embedding_template) return;
  store_policy(id, functional, embedding_template);
  record({.kind = EventKind::kPolicy,
          .at = tick(),
          .fact = {},
          .detail = "\"" + name.text + "\" is " + (functional ? "functional" : "multi-valued") +
                    (embedding_template.empty() ? "" : ", embedded as \"" + embedding_template + "\""),
          .author = "user",
          .payload = {{"relation", id}, {"functional", was_functional}, {"template", old_template}},
          .refs = {{"relation", id}}});
}

void Store::Impl::store_policy(std::int64_t relation, bool functional, const std::string& embedding_template) {
  if (database.text("SELECT template FROM relations WHERE id = ?1", relation) != embedding_template) {
    vectors.remove(NameKind::kRelation, relation);
    database.run("UPDATE relations SET embedded = 0 WHERE id = ?1", relation);
  }
  database.run("UPDATE relations SET functional = ?2, template = ?3 WHERE id = ?1", relation, functional, embedding_template);
}

}  // namespace memllm
