//! What is read ahead makes no difference but to the time.

use super::*;

/// Cards of which some are wrong, some come twice and some are of a group.
fn mixed(count: usize) -> String {
    let one = |number: usize| match number % 10 {
        3 => "BEGIN:VCARD\r\nFN:No version\r\nEND:VCARD\r\n".to_owned(),
        5 => card(number / 2),
        7 => format!("text between cards\r\n{}", card(number)),
        8 => format!(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nUID:group-{number}\r\nFN:Group {number}\r\n\
             MEMBER:urn:uuid:{}\r\nEND:VCARD\r\n",
            number - 1
        ),
        9 => card(number - 8).replace("Given Family", "Changed "),
        _ => card(number),
    };
    (0..count).map(one).collect()
}

/// Everything that callers see of an import and of what it made.
async fn seen(world: &World, job: &str) -> (Vec<String>, String, Vec<serde_json::Value>) {
    let job = world.job(job).await;
    assert_eq!(job.state, State::Succeeded);
    let told = format!("{:?} {:?}", job.errors, job.notes);
    (job.steps, told, world.documents().await)
}

#[tokio::test]
async fn another_process_at_each_step_comes_to_the_same() {
    let file = mixed(600);
    let (one, many) = (World::new(), World::new());
    let options = Options {
        lenient: true,
        ..Options::default()
    };
    let begin = async |world: &World| {
        let begun = world.begin(Form::Cards, file.as_bytes(), options.clone());
        begun.await.0
    };
    let (first, second) = (begin(&one).await, begin(&many).await);
    while one.fire(&first).await {}
    while many.fire_in(&Ahead::default(), &second, None).await {}
    let expected = seen(&one, &first).await;
    assert!(expected.0.iter().any(|step| step.ends_with("refused")));
    assert_eq!(seen(&many, &second).await, expected);
}

#[tokio::test]
async fn a_step_that_was_not_committed_is_read_anew() {
    let world = World::new();
    let file = mixed(600);
    let expected = World::new();
    let options = Options {
        lenient: true,
        ..Options::default()
    };
    let (job, _) = world
        .begin(Form::Cards, file.as_bytes(), options.clone())
        .await;
    let key = keys::import(&job);
    while let Some(item) = world.get(&key).await {
        let lost = resume(&world.ahead, &world.invocation, &item.value, None).await;
        drop(lost.unwrap());
        assert!(world.fire(&job).await);
    }
    let (whole, _) = expected.begin(Form::Cards, file.as_bytes(), options).await;
    while expected.fire(&whole).await {}
    assert_eq!(seen(&world, &job).await, seen(&expected, &whole).await);
}

#[tokio::test]
async fn numbers_are_read_by_the_country_of_their_step() {
    let world = World::new();
    let number = |number: usize| format!("{}x,030 {}\r\n", number, 1_000_000 + number);
    let rows: String = (0..200).map(number).collect();
    let file = format!("name.given,phones.0.number\r\n{rows}");
    let options = Options::default();
    let (job, _) = world.begin(Form::Csv, file.as_bytes(), options).await;
    assert!(world.fire(&job).await);
    let refused = world.job(&job).await.errors.len();
    assert!(refused > 0 && world.contacts().await.is_empty());
    while world.fire_in(&world.ahead, &job, Region::parse("DE")).await {}
    assert_eq!(world.contacts().await.len(), 200 - refused);
}

#[tokio::test]
async fn any_number_of_imports_go_on_side_by_side() {
    let world = World::new();
    let mut jobs = Vec::new();
    for part in 0..7 {
        let file: String = (0..150).map(|number| card(part * 1_000 + number)).collect();
        let begun = world.begin(Form::Cards, file.as_bytes(), Options::default());
        jobs.push(begun.await.0);
    }
    let mut goes_on = true;
    while goes_on {
        goes_on = false;
        for job in &jobs {
            goes_on |= world.fire(job).await;
        }
    }
    for job in &jobs {
        assert_eq!(world.job(job).await.done, 150);
    }
    assert_eq!(world.contacts().await.len(), 7 * 150);
}
