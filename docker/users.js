// Run by the mongo image on the first start, on an empty volume. Each service gets a user for its own
// database and no other, so that the pages cannot read password hashes.
for (const [user, database] of [["issuer", "tegata"], ["frontend", "tegata_sessions"]]) {
  const pwd = process.env[`MONGO_${user.toUpperCase()}_PASSWORD`];
  db.getSiblingDB(database).createUser({ user, pwd, roles: [{ role: "readWrite", db: database }] });
}
