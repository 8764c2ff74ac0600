//! All users, page by page.

use tegata_issuer::{accounts::Accounts, user::User};

use crate::Failure;

/// Users fetched at a time.
const PAGE: usize = 500;

/// How many there are that cannot be read, since somebody else has changed them.
#[must_use = "a list that lacks somebody should say so"]
pub(super) struct LeftOut(usize);

/// Shows all users in the order of their ids, but for those that cannot be read.
pub(super) async fn everybody(
    accounts: &Accounts,
    mut show: impl FnMut(&User) -> Result<(), Failure>,
) -> Result<LeftOut, Failure> {
    let mut after = None;
    let mut left_out = 0;
    loop {
        let page = accounts.store.users_after(after, PAGE).await?;
        page.users.iter().try_for_each(&mut show)?;
        left_out += page.left_out.len();
        match page.users.last() {
            Some(last) if page.users.len() == PAGE => after = Some(last.id),
            _ => return Ok(LeftOut(left_out)),
        }
    }
}

impl LeftOut {
    /// A failure if there is anybody. The log has told who, and why.
    pub(super) fn judge(self) -> Result<(), Failure> {
        match self.0 {
            0 => Ok(()),
            1 => Err(
                "1 user cannot be read and was left out: mend the document in the database".into(),
            ),
            many => Err(format!(
                "{many} users cannot be read and were left out: mend the documents in the database"
            )
            .into()),
        }
    }
}
