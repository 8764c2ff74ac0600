//! The MongoDB that the replicas of both services share.
