(** * HornerPlan: construction S, what is placed where.

    A plan holds the widths d_0..d_l, the number p of bits, the number e of spare digits and the
    sizes |U| and |A| = |A'| of the three blocks. From it: K = p+1+e stages, width N = |U| + 2|A|,
    depth L = 2 + l(K+2), scale P = p l.

    A hidden layer holds slots: [U j] (an input carried along), [A o] and [A' o] (the two halves
    of accumulator o; o = d_{i+1} is the offset pair). The L-1 hidden layers are numbered by [time
    i k]: stage k of section i, then merge (k = K) and read-out (k = K+1). [req] says which old
    slots a new slot must be connected to and with which sign, [groups] which slots are served
    from which pool: together the layout of Layers.v, with its [place] and [badlayer]. The
    failures [badlayer] and [baddigit] make up the bad event; it does not mention the target. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Layers.
Import ListNotations.
Open Scope nat_scope.

Record plan := Plan { p_dims : nat -> nat; p_l : nat; p_p : nat; p_e : nat; p_U : nat; p_A : nat }.

Inductive slot := U (j : nat) | A (o : nat) | A' (o : nat).
Definition slot_dec : forall a b : slot, {a = b} + {a <> b}.
Proof. decide equality; apply Nat.eq_dec. Defined.

Definition us (n : nat) : list slot := map U (seq 0 n).
Definition accs (n : nat) : list slot := map A (seq 0 (S n)).
Definition accs' (n : nat) : list slot := map A' (seq 0 (S n)).

Inductive kind := Split | Stage (i k : nat) | Merge (i : nat) | Read (i : nat).

Section Construction.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation p := (p_p T).
Local Notation e := (p_e T).
Local Notation nU := (p_U T).
Local Notation nA := (p_A T).

(** ** the numbers of the plan *)
Definition stages : nat := p + 1 + e.
Definition width : nat := nU + 2 * nA.
Definition depth : nat := 2 + l * (stages + 2).
Definition shift : nat := p * l.
Local Notation K := stages.
Local Notation N := width.

(** inputs and outputs of section i (the first has both halves of every signed input) *)
Definition ins (i : nat) : nat := if i =? 0 then 2 * dims 0 else dims i.
Definition outs (i : nat) : nat := dims (S i).

(** the layers *)
Definition time (i k : nat) : nat := S (i * (K + 2) + k).
Definition kind_of (t : nat) : kind :=
  match t with
  | O => Split
  | S t' => let i := t' / (K + 2) in let k := t' mod (K + 2) in
            if k <? K then Stage i k else if k =? K then Merge i else Read i
  end.

Lemma kind_time i k : k < K + 2 ->
  kind_of (time i k) = if k <? K then Stage i k else if k =? K then Merge i else Read i.
Proof.
  intros H. unfold kind_of, time.
  rewrite Nat.div_add_l, (Nat.div_small k) by lia. rewrite Nat.add_0_r.
  rewrite (Nat.add_comm (i * (K + 2))), Nat.mod_add, (Nat.mod_small k) by lia. reflexivity.
Qed.
Lemma kind_stage i k : k < K -> kind_of (time i k) = Stage i k.
Proof. intros. rewrite kind_time by lia. destruct (Nat.ltb_spec k K); auto; lia. Qed.
Lemma kind_merge i : kind_of (time i K) = Merge i.
Proof. rewrite kind_time by lia. rewrite Nat.ltb_irrefl, Nat.eqb_refl. auto. Qed.
Lemma kind_read i : kind_of (time i (S K)) = Read i.
Proof.
  rewrite kind_time by lia. destruct (Nat.ltb_spec (S K) K); [lia|].
  destruct (Nat.eqb_spec (S K) K); auto; lia.
Qed.
Lemma time_S i k : S (time i k) = time i (S k).
Proof. unfold time. lia. Qed.
Lemma time_next i : time i (S (S K)) = time (S i) 0.
Proof. unfold time. lia. Qed.
Lemma time_cases t : S t < depth -> t = 0 \/ exists i k, i < l /\ k < K + 2 /\ t = time i k.
Proof.
  unfold depth, time. destruct t as [|t]; intros H; [left; auto|right].
  exists (t / (K + 2)), (t mod (K + 2)). repeat split.
  - apply Nat.div_lt_upper_bound; lia.
  - apply Nat.mod_upper_bound. lia.
  - rewrite Nat.mul_comm. f_equal. apply Nat.div_mod. lia.
Qed.
Lemma time_lt i k : i < l -> k < K + 2 -> S (time i k) < depth.
Proof. unfold time, depth. intros. nia. Qed.
Lemma time_last : S (time l 0) = depth.
Proof. unfold time, depth. lia. Qed.

(** slots of layer t *)
Definition split_slots : list slot := flat_map (fun j => [U j; U (dims 0 + j)]) (seq 0 (dims 0)).
Definition stage_us (i k : nat) : list slot := if S k <? K then us (ins i) else [].
Definition tslots (t : nat) : list slot :=
  match kind_of t with
  | Split => split_slots
  | Stage i k => stage_us i k ++ accs (outs i) ++ accs' (outs i)
  | Merge i => accs (outs i)
  | Read i => us (outs i) ++ (if S i =? l then map U (seq (outs i) (outs i)) else [])
  end.
Definition slots (t : nat) : list slot := match t with O => us (dims 0) | S t' => tslots t' end.

(** the edges a new slot needs: old slot and sign *)
Definition req (t : nat) (a : slot) : list (slot * bool) :=
  match kind_of t, a with
  | Split, U j => [if j <? dims 0 then (U j, true) else (U (j - dims 0), false)]
  | Stage i k, U j => [(U j, true)]
  | Stage i k, (A o | A' o) => if k =? 0 then [] else [(A o, true); (A' o, true)]
  | Merge i, A o => [(A o, true); (A' o, true)]
  | Read i, U o => if o <? outs i then [(A (outs i), false); (A o, true)]
                   else [(A (outs i), true); (A (o - outs i), false)]
  | _, _ => []
  end.
(** the outgoing edge that an output neuron r needs *)
Definition out (t : nat) (a : slot) (r : nat) : list (coord * bool) :=
  match kind_of t, a with
  | Read i, U o => if S i =? l then [if o <? outs i then ((S t, o, r), true) else
    ((S t, o - outs i, r), false)] else []
  | _, _ => []
  end.

(** pools *)
Definition poolU := seq 0 nU.
Definition poolA := seq nU nA.
Definition poolA' := seq (nU + nA) nA.
Definition pool := seq 0 N.
(** edge from the merged offset neuron C *)
Definition edgeC (t : nat) (pl : slot -> nat) (i r : nat) : coord := (t, r, pl (A (outs i))).
Definition groups (t : nat) (pl : slot -> nat) (w : signs) : list (list slot * list nat) :=
  match kind_of t with
  | Split => [(split_slots, poolU)]
  | Stage i k => [(stage_us i k, poolU); (accs (outs i), poolA); (accs' (outs i), poolA')]
  | Merge i => [(accs (outs i), pool)]
  | Read i => if S i =? l
      then [(us (outs i), filter (shared (edgeC t pl i) false w) pool);
            (map U (seq (outs i) (outs i)), filter (shared (edgeC t pl i) true w) pool)]
      else [(us (outs i), pool)]
  end.

Lemma groups_slots t pl w : flat_map fst (groups t pl w) = tslots t.
Proof.
  unfold groups, tslots. destruct (kind_of t); cbn [flat_map fst]; rewrite ?app_nil_r; auto.
  destruct (S i =? l); cbn [flat_map fst]; rewrite ?app_nil_r; auto.
Qed.

(** where the inputs are *)
Definition start (a : slot) : nat := match a with U j => j | _ => 0 end.
Definition wd : nat -> nat := shape (dims 0) N depth (dims l).
Definition layout_of : layout slot := Layout slot_dec depth wd start slots req out groups.
End Construction.
(** so [place T], [rq T], [badlayer T], ... are those of Layers.v *)
Coercion layout_of : plan >-> layout.

Section Placement.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation e := (p_e T).
Local Notation nU := (p_U T).
Local Notation nA := (p_A T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Local Notation ins := (ins T).
Local Notation outs := (outs T).
Local Notation time := (time T).
Local Notation slots := (slots T).
Local Notation place := (place T).

(** ** the bad event *)
(** digit k of (i, o, j) has a + edge into one of the two halves *)
Definition dplus (w : signs) (i o j k : nat) : bool :=
  w (time i k, place (S (time i k)) w (A o), place (time i k) w (U j)) ||
  w (time i k, place (S (time i k)) w (A' o), place (time i k) w (U j)).
Definition dside (w : signs) (i o j k : nat) : bool :=
  w (time i k, place (S (time i k)) w (A o), place (time i k) w (U j)) ||
  negb (w (time i k, place (S (time i k)) w (A' o), place (time i k) w (U j))).
Definition dsigns (w : signs) (i o j : nat) : list bool := map (dplus w i o j) (seq 0 K).
Definition baddigit (w : signs) (ioj : nat * nat * nat) : bool :=
  let '(i, o, j) := ioj in forallb (fun k => negb (dplus w i o j k)) (seq 0 e).
Definition triples : list (nat * nat * nat) :=
  flat_map (fun i => map (fun oj =>
    (i, fst oj, snd oj)) (list_prod (seq 0 (S (outs i))) (seq 0 (ins i)))) (seq 0 l).

Definition bad (w : signs) : bool :=
  existsb (fun t => badlayer T t w) (seq 0 (L - 1)) || existsb (baddigit w) triples.
Definition good (w : signs) : bool := negb (bad w).

(** ** slots *)
Lemma in_us n j : In (U j) (us n) <-> j < n.
Proof.
  unfold us. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. injection E as <-. lia.
  - intros. exists j. split; auto. apply in_seq. lia.
Qed.
Lemma in_accs n a : In a (accs n) <-> exists o, a = A o /\ o <= n.
Proof.
  unfold accs. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [o [-> H]]. exists o. split; auto. apply in_seq. lia.
Qed.
Lemma in_accs' n a : In a (accs' n) <-> exists o, a = A' o /\ o <= n.
Proof.
  unfold accs'. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [o [-> H]]. exists o. split; auto. apply in_seq. lia.
Qed.
Lemma in_us_gen n a : In a (us n) <-> exists j, a = U j /\ j < n.
Proof.
  unfold us. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [o [-> H]]. exists o. split; auto. apply in_seq. lia.
Qed.
Lemma in_split a : In a (split_slots T) <-> exists j, a = U j /\ j < 2 * dims 0.
Proof.
  unfold split_slots. rewrite in_flat_map. split.
  - intros [x [H E]]. apply in_seq in H. destruct E as [<-|[<-|[]]]; eexists; split; eauto; lia.
  - intros [j [-> H]]. destruct (Nat.lt_ge_cases j (dims 0)).
    + exists j. split; [apply in_seq; lia|left; auto].
    + exists (j - dims 0). split; [apply in_seq; lia|right; left; f_equal; lia].
Qed.
Lemma split_length : length (split_slots T) = 2 * dims 0.
Proof.
  unfold split_slots. rewrite <- (seq_length (dims 0) 0) at 2.
  induction (seq 0 (dims 0)); cbn; lia.
Qed.

Lemma slots_U i k j : i < l -> k < K -> (In (U j) (slots (time i k)) <-> j < ins i).
Proof.
  intros Hi Hk. destruct k as [|k].
  - unfold HornerPlan.time. rewrite Nat.add_0_r. cbn [HornerPlan.slots]. destruct i as [|i].
    + cbn [Nat.mul]. unfold tslots. cbn [kind_of]. rewrite in_split. unfold HornerPlan.ins.
      cbn [Nat.eqb].
      split; [intros [j' [E H]]; injection E as ->; lia|intros; exists j; split; [auto|lia]].
    + replace (S i * (K + 2)) with (time i (S K)) by (unfold HornerPlan.time; lia).
      unfold tslots. rewrite kind_read. destruct (Nat.eqb_spec (S i) l); [lia|].
      rewrite app_nil_r, in_us. unfold HornerPlan.ins, HornerPlan.outs. cbn. tauto.
  - rewrite <- time_S. cbn [HornerPlan.slots]. unfold tslots. rewrite kind_stage by lia.
    rewrite in_app_iff, in_app_iff.
    unfold stage_us. destruct (Nat.ltb_spec (S k) K); [|lia]. rewrite in_us, in_accs, in_accs'.
    split; [intros [H'|[[o [E _]]|[o [E _]]]]; auto; discriminate|auto].
Qed.
Lemma slots_A i k o : i < l -> 1 <= k <= K -> o <= outs i ->
  In (A o) (slots (time i k)) /\ In (A' o) (slots (time i k)).
Proof.
  intros Hi Hk Ho. destruct k as [|k]; [lia|]. rewrite <- time_S. cbn [HornerPlan.slots].
  unfold tslots.
  rewrite kind_stage by lia. rewrite !in_app_iff, !in_accs, !in_accs'.
  split; right; [left|right]; exists o; auto.
Qed.
Lemma slots_M i o : o <= outs i -> In (A o) (slots (time i (S K))).
Proof.
  intros Ho. rewrite <- time_S. cbn [HornerPlan.slots]. unfold tslots. rewrite kind_merge, in_accs.
eauto. Qed.

(** ** pools *)
Lemma pool_split : pool T = poolU T ++ poolA T ++ poolA' T.
Proof. unfold pool, poolU, poolA, poolA', width. rewrite <- !seq_app. f_equal. lia. Qed.

Lemma filter_disjoint (f g : nat -> bool) ls : NoDup ls -> (forall x, f x = negb (g x)) ->
  NoDup (filter f ls ++ filter g ls).
Proof.
  intros H Hf. apply NoDup_app_intro; try apply NoDup_filter; auto.
  intros x H1 H2. apply filter_In in H1 as [_ H1], H2 as [_ H2]. rewrite Hf, H2 in H1. discriminate.
Qed.

Lemma groups_pools t pl w : NoDup (flat_map snd (groups T t pl w)) /\
  incl (flat_map snd (groups T t pl w)) (pool T).
Proof.
  assert (N0 : NoDup (pool T)) by apply seq_NoDup.
  unfold groups. destruct (kind_of T t) as [|i k|i|i]; cbn [flat_map snd]; rewrite ?app_nil_r.
  - split; [apply seq_NoDup|]. rewrite pool_split. apply incl_appl, incl_refl.
  - rewrite <- pool_split. split; auto. apply incl_refl.
  - split; auto. apply incl_refl.
  - destruct (S i =? l); cbn [flat_map snd]; rewrite ?app_nil_r.
    + split.
      * apply filter_disjoint; auto. intros x. unfold shared. destruct (w _); auto.
      * intros x Hx. apply in_app_or in Hx as [Hx|Hx]; apply filter_In in Hx; tauto.
    + split; auto. apply incl_refl.
Qed.

Lemma wd_in t : 0 < t < L -> wd T t = N.
Proof. intros. unfold wd, shape. destruct (Nat.eqb_spec t 0), (Nat.eqb_spec t L); lia. Qed.
Lemma wd_out : wd T L = dims l.
Proof. unfold wd, shape, depth. cbn [Nat.eqb Nat.add]. rewrite Nat.eqb_refl. auto. Qed.

Lemma plan_valid : valid T.
Proof.
  split; cbn [layout_of lay_start lay_slots lay_groups lay_wd lay_L].
  - intros a b Ha Hb Eq. cbn in Ha, Hb. apply in_us_gen in Ha as [i [-> _]], Hb as [j [-> _]].
    cbn in Eq. congruence.
  - intros a Ha. cbn in Ha. apply in_us_gen in Ha as [i [-> Hi]]. exact Hi.
  - intros t pl w. apply groups_slots.
  - intros t pl w. apply groups_pools.
  - intros t pl w r Ht Hr. rewrite wd_in by lia. apply groups_pools in Hr. apply in_seq in Hr. lia.
Qed.

(** ** the placement is injective and stays in its blocks *)
Definition sizes : Prop := forall i, i < l -> ins i <= nU /\ S (outs i) <= nA.
(** the last read-out is the only layer whose pools may be too small *)
Definition last_read (t : nat) : Prop := exists i, kind_of T t = Read i /\ S i = l.

Lemma kind_not_last i k : k < S K -> ~ last_read (time i k).
Proof.
  intros Hk [j [H _]]. destruct (Nat.eq_dec k K) as [->|].
  - rewrite kind_merge in H. discriminate.
  - rewrite kind_stage in H by lia. discriminate.
Qed.
Lemma not_last_before t : S (S t) < L -> ~ last_read t.
Proof.
  intros Ht (i & Hk & Hi). destruct (time_cases T t ltac:(lia)) as [->|(i' & k & Hi' & Hk' & ->)];
    [discriminate|].
  rewrite kind_time in Hk by auto. destruct (Nat.ltb_spec k K); [discriminate|].
  destruct (Nat.eqb_spec k K); [discriminate|]. injection Hk as ->. assert (k = S K) by lia.
  subst k.
  rewrite time_S, time_next, Hi in Ht. pose proof (time_last T). lia.
Qed.
(** ** what the placement reads *)
Definition reads (t : nat) (c : coord) : Prop :=
  let '(a, r, cc) := c in
  match kind_of T t with
  | Stage i k => a = t /\ (r < nU \/ (k <> 0 /\ nU <= cc < nU + 2 * nA))
  | Read i => a = t \/ (S i = l /\ a = S t)
  | _ => a = t
  end.

Lemma groups_reads t pl w w' : (forall c, reads t c -> w' c = w c) ->
  groups T t pl w' = groups T t pl w.
Proof.
  intros H. unfold groups. destruct (kind_of T t) as [| | |i] eqn:Ek; auto.
  destruct (S i =? l); auto.
  assert (F : forall b, filter (shared (edgeC T t pl i) b w') (pool T)
    = filter (shared (edgeC T t pl i) b w) (pool T)).
  { intros b. apply filter_ext_in. intros r _. unfold shared. rewrite H; auto.
    unfold reads, edgeC. rewrite Ek. auto. }
  rewrite !F. auto.
Qed.

Lemma reads_layer t c : S t < L -> reads t c -> layer c = t \/ (layer c = S t /\ last_read t).
Proof.
  destruct c as [[a r] cc]. unfold reads, layer, last_read. cbn [fst]. intros Ht.
  destruct (kind_of T t) as [|i k|i|i]; intros H; try (left; lia).
  destruct H as [->|[H ->]]; auto. right. split; auto. exists i. auto.
Qed.
Lemma reads_before t t' c : S t < L -> t' < t -> reads t' c -> layer c < t.
Proof.
  intros Ht Ht' H. apply reads_layer in H as [H|[H X]]; [lia| |lia].
  exfalso. apply (not_last_before t'); auto. lia.
Qed.
Hypothesis Hsizes : sizes.
Hypothesis l_pos : 1 <= l.

Lemma ins_le i : i < l -> ins i <= nU. Proof. intros; apply Hsizes; auto. Qed.
Lemma outs_le i : i < l -> S (outs i) <= nA. Proof. intros; apply Hsizes; auto. Qed.

Lemma plan_enough t pl w : S t < L -> ~ last_read t -> enough T t pl w.
Proof.
  intros Ht NL g Hg. cbn [layout_of lay_groups] in Hg. unfold groups in Hg.
  pose proof (ins_le 0 ltac:(lia)) as I0. unfold HornerPlan.ins in I0. cbn in I0.
  destruct (time_cases T t Ht) as [->|(i & k & Hi & Hk & Et)]; cbn [kind_of] in Hg.
  - destruct Hg as [<-|[]]. cbn [fst snd]. unfold poolU. rewrite split_length, seq_length. lia.
  - pose proof (ins_le i Hi) as I1. pose proof (outs_le i Hi) as I2.
    destruct (Nat.lt_ge_cases k K) as [Hk1|Hk1]; [|destruct (Nat.eq_dec k K) as [->|Hk2]].
    + subst t. rewrite kind_stage in Hg by auto.
      unfold stage_us, us, accs, accs', poolU, poolA, poolA' in Hg.
      destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd]; rewrite ?map_length, ?seq_length; auto.
      destruct (S k <? K); cbn [length]; rewrite ?map_length, ?seq_length; lia.
    + subst t. rewrite kind_merge in Hg. destruct Hg as [<-|[]]; cbn [fst snd].
      unfold accs, pool, width. rewrite map_length, !seq_length. lia.
    + assert (k = S K) by lia. subst k t. rewrite kind_read in Hg.
      destruct (Nat.eqb_spec (S i) l) as [El|El].
      * exfalso. apply NL. exists i. rewrite kind_read. auto.
      * destruct Hg as [<-|[]]; cbn [fst snd]. unfold us, pool, width.
        rewrite map_length, !seq_length. lia.
Qed.

(** placements for all signs *)
Lemma plan_roomy t w : S t < L -> roomy T t w.
Proof. intros Ht t' ->. right. apply plan_enough; [lia|]. apply not_last_before; auto. Qed.
Lemma pl_inj t w a b : S t < L -> In a (slots t) -> In b (slots t) -> place t w a = place t w b ->
  a = b.
Proof. intros Ht. apply (slot_inj T plan_valid t w a b). apply plan_roomy; auto. Qed.
Lemma pl_lt t w a : S t < L -> In a (slots t) -> place t w a < wd T t.
Proof. intros Ht. apply (slot_lt T plan_valid); [exact (Nat.lt_succ_l _ _ Ht)|].
apply plan_roomy; auto. Qed.

(** the three blocks during the stages *)
Lemma place_blocks w i k a : i < l -> k < K -> In a (slots (S (time i k))) ->
  match a with
  | U _ => In (place (S (time i k)) w a) (poolU T)
  | A _ => In (place (S (time i k)) w a) (poolA T)
  | A' _ => In (place (S (time i k)) w a) (poolA' T)
  end.
Proof.
  intros Hi Hk Ha.
  destruct (place_group T plan_valid (time i k) w a) as (g & Hg & Hag & Hr); auto.
  { right. apply plan_enough; [apply time_lt; lia|]. apply kind_not_last. lia. }
  cbn [layout_of lay_groups] in Hg. unfold groups in Hg. rewrite kind_stage in Hg by auto.
  destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd] in *.
  - unfold stage_us in Hag. destruct (S k <? K); [|easy]. apply in_us_gen in Hag as [j [-> _]].
    auto.
  - apply in_accs in Hag as [o [-> _]]. auto.
  - apply in_accs' in Hag as [o [-> _]]. auto.
Qed.

Lemma rq_reads t w : S t < L -> forall g, In g (groups T t (place t w) w) ->
  forall a r, In a (fst g) -> In r (snd g) -> forall c, In c (map fst (rq T t (place t w) a r)) ->
    reads t c.
Proof.
  intros Ht g Hg a r Ha Hr c Hc. unfold rq in Hc. cbn [layout_of lay_req lay_out] in Hc.
  rewrite map_app, map_map in Hc. cbn [fst] in Hc.
  unfold groups in Hg. unfold reads.
  destruct (time_cases T t Ht) as [->|(i & k & Hi & Hk & Et)]; cbn [kind_of] in *.
  - unfold out in Hc. cbn [kind_of] in Hc. rewrite app_nil_r in Hc.
    apply in_map_iff in Hc as [x [<- _]]. auto.
  - destruct (Nat.lt_ge_cases k K) as [Hk1|Hk1]; [|destruct (Nat.eq_dec k K) as [->|Hk2]].
    + subst t. unfold req, out in Hc. rewrite kind_stage in Hc, Hg |- * by auto.
      rewrite app_nil_r in Hc.
      assert (B : forall o, o <= outs i -> k <> 0 ->
        nU <= place (time i k) w (A o) < nU + 2 * nA /\
          nU <= place (time i k) w (A' o) < nU + 2 * nA).
      { intros o Ho K0. destruct k as [|k]; [lia|].
        destruct (slots_A i (S k) o Hi ltac:(lia) Ho) as [I1 I2].
        rewrite <- time_S in I1, I2 |- *.
        pose proof (place_blocks w i k (A o) Hi ltac:(lia) I1) as B1.
        pose proof (place_blocks w i k (A' o) Hi ltac:(lia) I2) as B2. cbn beta iota in B1, B2.
        unfold poolA, poolA' in *. apply in_seq in B1, B2. lia. }
      destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd] in *.
      * unfold stage_us in Ha. destruct (S k <? K); [|easy]. apply in_us_gen in Ha as [j [-> _]].
        destruct Hc as [<-|[]]. split; auto. left. apply in_seq in Hr. lia.
      * apply in_accs in Ha as [o [-> Ho]]. destruct (Nat.eqb_spec k 0); [easy|].
        destruct (B o Ho ltac:(auto)). destruct Hc as [<-|[<-|[]]]; cbn; auto.
      * apply in_accs' in Ha as [o [-> Ho]]. destruct (Nat.eqb_spec k 0); [easy|].
        destruct (B o Ho ltac:(auto)). destruct Hc as [<-|[<-|[]]]; cbn; auto.
    + subst t. unfold out in Hc. rewrite kind_merge in Hc |- *. rewrite app_nil_r in Hc.
      apply in_map_iff in Hc as [x [<- _]]. auto.
    + assert (k = S K) by lia. subst k t. unfold out in Hc. rewrite kind_read in Hc |- *.
      apply in_app_or in Hc as [Hc|Hc].
      * apply in_map_iff in Hc as [x [<- _]]. auto.
      * destruct a as [o|o|o]; [|easy|easy]. destruct (Nat.eqb_spec (S i) l); [|easy].
        destruct (o <? outs i); destruct Hc as [<-|[]]; cbn; auto.
Qed.

(** the placement of layer t depends only on what layers before t read *)
Theorem place_agree t w w' : t < L -> (forall t' c, t' < t -> reads t' c -> w' c = w c) ->
  place t w' = place t w.
Proof. apply (Layers.place_agree T reads rq_reads groups_reads). Qed.

End Placement.
