// Makes the three members a replica set, once, and waits until one of them takes writes.
const root = encodeURIComponent(process.env.MONGO_ROOT_PASSWORD);
const members = ["mongo-1", "mongo-2", "mongo-3"].map((name, _id) => ({ _id, host: `${name}:27017` }));

try {
  connect(`mongodb://root:${root}@mongo-1/admin?directConnection=true`).adminCommand({
    replSetInitiate: { _id: "rs0", members },
  });
} catch (error) {
  if (error.codeName !== "AlreadyInitialized") throw error;
}
// Finds the primary, whoever that is after a restart, and gives up after 30 seconds.
const hosts = members.map(({ host }) => host).join();
connect(`mongodb://root:${root}@${hosts}/admin?replicaSet=rs0`).hello().isWritablePrimary || quit(1);
