package app;

import io.github.cdkbatchforeman.BatchCluster;
import io.github.cdkbatchforeman.ContainerJobDefinition;
import io.github.cdkbatchforeman.DeletionBehavior;
import io.github.cdkbatchforeman.FargateCapacityOptions;
import io.github.cdkbatchforeman.InstancePoolProps;
import io.github.cdkbatchforeman.JobRetries;
import io.github.cdkbatchforeman.ManagedCapacityOptions;
import io.github.cdkbatchforeman.QueueOptions;
import io.github.cdkbatchforeman.RetryOptions;
import io.github.cdkbatchforeman.RetryRule;
import io.github.cdkbatchforeman.UnmanagedCapacity;
import io.github.cdkbatchforeman.UnmanagedCapacityOptions;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Size;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.batch.JobQueue;
import software.amazon.awscdk.services.ec2.InstanceType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ecs.ContainerImage;

/** app.js in Java, and retries beside it. */
public final class App {
    public static void main(final String[] args) {
        software.amazon.awscdk.App app = new software.amazon.awscdk.App();
        Stack stack = new Stack(app, "Jobs");
        Vpc vpc = Vpc.Builder.create(stack, "Vpc").maxAzs(2).build();
        BatchCluster cluster = BatchCluster.Builder.create(stack, "Cluster").vpc(vpc).build();
        UnmanagedCapacity instances = cluster.addUnmanagedCapacity("Instances", UnmanagedCapacityOptions.builder()
            .pools(List.of(
                InstancePoolProps.builder().name("cpu").instanceTypes(List.of(new InstanceType("m5.xlarge")))
                    .maxInstances(8).cost(0.192).build(),
                InstancePoolProps.builder().name("gpu").instanceTypes(List.of(new InstanceType("g5.2xlarge")))
                    .maxInstances(2).cost(1.212).spot(true).build()))
            .scaleInAfter(Duration.minutes(5))
            .deletionBehavior(DeletionBehavior.TERMINATE)
            .build());
        cluster.addManagedCapacity("Managed", ManagedCapacityOptions.builder().maxvCpus(64).spot(true).build());
        cluster.addFargateCapacity("Fargate", FargateCapacityOptions.builder().maxvCpus(16).build());
        JobQueue queue = cluster.addQueue("Queue", QueueOptions.builder().capacity(List.of(instances)).priority(10).build());
        ContainerJobDefinition.Builder.create(stack, "Train")
            .image(ContainerImage.fromRegistry("public.ecr.aws/docker/library/busybox:1"))
            .command(List.of("echo", "Ref::message"))
            .parameters(Map.of("message", "hello"))
            .vcpus(4)
            .memory(Size.gibibytes(8))
            .gpus(1)
            .queues(List.of(queue))
            .build();
        JobRetries.Builder.create(stack, "Retries").queues(List.of(queue))
            .rules(List.of(RetryRule.onFailure(RetryOptions.builder().attempts(3).build())))
            .build();
        app.synth();
    }

    private App() { }
}
