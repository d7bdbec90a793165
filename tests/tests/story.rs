//! The story on embedded backends, and with every service twice on RabbitMQ and Redis.

use end_to_end::{Sink, System, story};

#[tokio::test]
async fn the_story_runs_on_embedded_backends_and_survives_kill_9() {
    let (mut system, sink) = (System::embedded().await, Sink::start().await);
    let told = story::tell(&system.client, &sink).await;
    system.crash().await;
    story::find_again(&told, &sink).await;
}

#[tokio::test]
async fn the_story_runs_on_rabbitmq_and_redis_and_survives_kill_9() {
    let (mut system, sink) = (System::on_servers(2).await, Sink::start().await);
    let told = story::tell(&system.client, &sink).await;
    system.crash().await;
    story::find_again(&told, &sink).await;
}
