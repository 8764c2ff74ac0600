//! Just enough of Protocol Buffers' wire format to read what came, by another hand than wrote it.

/// A message: its fields in their order.
pub(super) struct Message<'a>(Vec<(u64, Field<'a>)>);

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Message<'a> {
    pub(super) fn read(mut rest: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let tag = varint(&mut rest);
            let field = match tag & 7 {
                0 => Field::Number(varint(&mut rest)),
                1 => Field::Bytes(take(&mut rest, 8)),
                2 => {
                    let length = varint(&mut rest);
                    Field::Bytes(take(&mut rest, usize::try_from(length).unwrap()))
                }
                5 => Field::Bytes(take(&mut rest, 4)),
                kind => panic!("a field of kind {kind}"),
            };
            fields.push((tag >> 3, field));
        }
        Self(fields)
    }

    pub(super) fn all(&self, number: u64) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter_map(move |(of, field)| match field {
            Field::Bytes(bytes) if *of == number => Some(*bytes),
            _ => None,
        })
    }

    pub(super) fn messages(&self, number: u64) -> impl Iterator<Item = Message<'a>> {
        self.all(number).map(Message::read)
    }

    /// Empty where there is none, as the format has it.
    pub(super) fn bytes(&self, number: u64) -> &'a [u8] {
        self.all(number).next().unwrap_or_default()
    }

    pub(super) fn text(&self, number: u64) -> String {
        String::from_utf8(self.bytes(number).to_vec()).unwrap()
    }

    pub(super) fn number(&self, number: u64) -> u64 {
        let found = self.0.iter().find_map(|(of, field)| match field {
            Field::Number(value) if *of == number => Some(*value),
            _ => None,
        });
        found.unwrap_or_default()
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for place in 0..10 {
        let byte = take(rest, 1)[0];
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a number without an end")
}
